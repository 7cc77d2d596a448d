using System.Text.Json;
using Microsoft.Extensions.Logging;
using Realtime.Feeds;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Does the chunks that the broker gives this node, one after the other; each is acknowledged when this has returned.</summary>
internal sealed class FanoutWorker(
    Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, FanoutSender sender, string queue, TimeProvider time, ILogger logger) : IBackboneReceiver
{
    private const int MaxAttempts = 5;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        FanoutJob? job;
        try
        {
            job = FanoutJobFormat.Read(frame.Span);
        }
        catch (JsonException exception)
        {
            Log.FanoutUnreadable(logger, queue, exception);
            return;
        }

        // The rest goes to the end of the queue, so that a post to very many delays the others by a chunk; where it can't, it is done here and now.
        do
            job = await TryWorkAsync(job, cancellationToken);
        while (job is not null && await sender.SendAsync(job, cancellationToken) != BackboneSend.Sent);
    }

    /// <summary>The queue keeps what a lost connection did not bring.</summary>
    public void MayHaveMissed()
    {
    }

    private async ValueTask<FanoutJob?> TryWorkAsync(FanoutJob job, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work(job, cancellationToken);
            }
            catch (RealtimeException exception) when (exception.IsTransient && attempt < MaxAttempts)
            {
                await Task.Delay(FirstDelay * Math.Pow(2, attempt - 1), time, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                Log.FanoutGivenUp(logger, job.Post.Offset, job.Post.Author, exception);
                return null;
            }
        }
    }
}
