using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Realtime.Diagnostics;
using Realtime.Feeds;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Brings jobs to the broker, in their order and through a bounded buffer; each of them until it is confirmed or refused.</summary>
internal sealed class FanoutSender(
    RabbitMqOptions options, FanoutQueue queue, int limit, RealtimeMetrics metrics, TimeProvider time, ILogger logger)
{
    /// <summary>Few hundred bytes each; enough for what a node publishes in some seconds.</summary>
    private const int MaxWaiting = 10_000;

    /// <summary>Published before the first confirmation is waited for.</summary>
    private const int MostAtOnce = 256;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(200);

    private readonly Channel<FanoutJob> _waiting = Channel.CreateBounded<FanoutJob>(
        new BoundedChannelOptions(Math.Min(limit, MaxWaiting)) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

    private readonly Counter<long> _refused = metrics.Meter.CreateCounter<long>(
        "realtime.feeds.fanout.refused", "{job}", "Jobs of fan-outs that the broker's full queue refused.");

    private readonly CachedString _key = new(queue.Name);

    /// <summary>What is being published; after a connection was lost, what the next one begins with.</summary>
    private readonly List<FanoutJob> _batch = new(MostAtOnce);

    private volatile ConfirmedChannel? _channel;
    private volatile int _inHand;
    private bool _isFull;

    /// <summary>Jobs that the broker has not confirmed.</summary>
    internal long Depth => _waiting.Reader.Count + _inHand;

    /// <returns>False where the buffer is full.</returns>
    internal bool TryAdd(FanoutJob job) => _waiting.Writer.TryWrite(job);

    /// <summary>What a <see cref="ConnectionKeeper"/> runs.</summary>
    internal async Task<string> ServeAsync(BrokerConnection connection, Action works, CancellationToken stop)
    {
        await queue.DeclareAsync(connection, stop);
        // By the default exchange, which routes to the queue of that name; persistent, for jobs outlive a restart of the broker.
        var channel = await ConfirmedChannel.OpenAsync(connection, "", DeliveryModes.Persistent, stop);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _channel = channel;
        try
        {
            works();
            return await Duties.RunAsync([channel.Lost], [SendAllAsync(channel, end.Token)], end);
        }
        finally
        {
            _channel = null;
        }
    }

    /// <summary>Publishes a job past those that wait.</summary>
    internal async ValueTask<BackboneSend> SendAsync(FanoutJob job, CancellationToken cancellationToken) =>
        _channel is { } channel ? await SendAsync(channel, job, cancellationToken) : BackboneSend.Lost;

    private async Task SendAllAsync(ConfirmedChannel channel, CancellationToken cancellationToken)
    {
        while (!channel.Lost.IsCompleted)
        {
            if (_batch.Count == 0)
                await _waiting.Reader.WaitToReadAsync(cancellationToken);
            while (_batch.Count < MostAtOnce && _waiting.Reader.TryRead(out var job))
            {
                _batch.Add(job);
                _inHand = _batch.Count;
            }

            var outcomes = await Task.WhenAll(_batch.ConvertAll(job => SendAsync(channel, job, cancellationToken).AsTask()));
            Refused(outcomes.Count(outcome => outcome == BackboneSend.Refused));
            var place = 0;
            _batch.RemoveAll(_ => outcomes[place++] != BackboneSend.Lost);
            _inHand = _batch.Count;
            // The connection is about to be seen lost, or the broker confirms nothing for now.
            if (_batch.Count > 0)
                await Task.WhenAny(channel.Lost, Task.Delay(RetryInterval, time, cancellationToken));
        }
    }

    private async ValueTask<BackboneSend> SendAsync(ConfirmedChannel channel, FanoutJob job, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ConfirmTimeout, time);
        using var cancel = cancellationToken.UnsafeRegister(static limit => ((CancellationTokenSource)limit!).Cancel(), limit);
        try
        {
            return await channel.SendAsync(_key, FanoutJobFormat.Write(job), limit.Token);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return BackboneSend.Lost;
        }
    }

    private void Refused(int count)
    {
        if (count > 0)
            _refused.Add(count);
        if (count > 0 && !_isFull)
            Log.FanoutFull(logger, queue.Name);
        _isFull = count > 0;
    }
}
