using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Realtime.Feeds;

/// <summary>Fan-out work of this process, by a few workers. What waits is lost with the process, as its mailboxes are.</summary>
public sealed partial class InProcessFanoutDispatcher : IFanoutDispatcher
{
    /// <summary>Jobs of one author go to one worker, and so keep their order.</summary>
    private const int Workers = 2;

    private const int MaxAttempts = 5;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    // Bounded by the count of jobs: what a worker puts back counts already.
    private readonly Channel<FanoutJob>[] _jobs = [.. Enumerable.Range(0, Workers).Select(_ => Channel.CreateUnbounded<FanoutJob>(new UnboundedChannelOptions
    {
        SingleReader = true,
        AllowSynchronousContinuations = false,
    }))];

    private readonly FeedOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private int _depth;

    /// <summary>Creates a dispatcher without work.</summary>
    /// <param name="options">The bound on jobs.</param>
    /// <param name="time">The clock for waiting before another attempt.</param>
    /// <param name="logger">Told of jobs that were given up.</param>
    public InProcessFanoutDispatcher(FeedOptions options, TimeProvider time, ILogger<InProcessFanoutDispatcher> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    public int Depth => Volatile.Read(ref _depth);

    /// <inheritdoc/>
    public bool TryEnqueue(FanoutJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (Interlocked.Increment(ref _depth) <= _options.MaxFanouts)
            return QueueOf(job).TryWrite(job);
        Interlocked.Decrement(ref _depth);
        return false;
    }

    /// <inheritdoc/>
    public Task RunAsync(Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Task.WhenAll(_jobs.Select(jobs => RunAsync(jobs.Reader, work, cancellationToken)));
    }

    private async Task RunAsync(ChannelReader<FanoutJob> jobs, Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var job in jobs.ReadAllAsync(cancellationToken))
            {
                // The rest goes to the end: a post to very many delays the others by a chunk.
                if (await TryWorkAsync(job, work, cancellationToken) is { } rest)
                    QueueOf(rest).TryWrite(rest);
                else
                    Interlocked.Decrement(ref _depth);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process ends, and its mailboxes with it.
        }
    }

    private async ValueTask<FanoutJob?> TryWorkAsync(
        FanoutJob job, Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work(job, cancellationToken);
            }
            catch (RealtimeException exception) when (exception.IsTransient && attempt < MaxAttempts)
            {
                await Task.Delay(FirstDelay * Math.Pow(2, attempt - 1), _time, cancellationToken);
            }
            catch (RealtimeException exception)
            {
                LogGivenUp(_logger, exception);
                return null;
            }
        }
    }

    private ChannelWriter<FanoutJob> QueueOf(FanoutJob job) =>
        _jobs[(uint)string.GetHashCode(job.Post.Author, StringComparison.Ordinal) % Workers].Writer;

    [LoggerMessage(1600, LogLevel.Warning, "A post could not be brought into mailboxes; followers pull it instead.", EventName = "FanoutGivenUp")]
    private static partial void LogGivenUp(ILogger logger, Exception exception);
}
