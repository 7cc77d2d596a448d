using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Backbones;

/// <summary>
/// Compares the heads of the channels in memory with the store's: at an interval, so that a lost last message is found; at once when frames may have been
/// missed; and often while the broker is away or another node is silent, for then it is the only way in which messages come from elsewhere.
/// </summary>
public sealed partial class HeadWatcher : BackgroundService
{
    /// <summary>Channels asked for in one query.</summary>
    private const int Page = 1_000;

    /// <summary>A log that nobody has read for this long is dropped while heads are pulled, rather than compared: loading it again costs the same.</summary>
    private static readonly TimeSpan IdleInOutage = TimeSpan.FromSeconds(5);

    private readonly ChannelLogs _logs;
    private readonly IMessageStore _store;
    private readonly IBackbone _backbone;
    private readonly NodeDirectory _nodes;
    private readonly FrameSender _sender;
    private readonly BackboneOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _failing;
    private long _rounds;

    /// <summary>Creates the watcher; it compares once it is started.</summary>
    public HeadWatcher(
        ChannelLogs logs, IMessageStore store, IBackbone backbone, NodeDirectory nodes, FrameSender sender, BackboneOptions options, TimeProvider time, ILogger<HeadWatcher> logger)
    {
        _logs = logs;
        _store = store;
        _backbone = backbone;
        _nodes = nodes;
        _sender = sender;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>Rounds of comparing since the start.</summary>
    public long Rounds => Volatile.Read(ref _rounds);

    /// <summary>Whether messages of other nodes may have to be pulled just now.</summary>
    public bool IsPulling => !_backbone.Health.IsConnected || _nodes.AnySilent;

    /// <summary>Compares now, or right after the comparison that is under way.</summary>
    internal void CompareSoon() => Volatile.Read(ref _wanted).TrySetResult();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_backbone.ConnectsNodes)
            return;
        try
        {
            while (true)
            {
                await WaitAsync(stoppingToken);
                // Before looking: what is asked for from here on needs another round.
                Interlocked.Exchange(ref _wanted, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                await CompareAsync(stoppingToken);
                Interlocked.Increment(ref _rounds);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        var waited = _time.GetTimestamp();
        while (!_wanted.Task.IsCompleted)
        {
            // In short steps, because an outage that begins meanwhile shortens the wait.
            var left = (IsPulling ? _options.OutageHeadInterval : _options.HeadInterval) - _time.GetElapsedTime(waited);
            if (left <= TimeSpan.Zero)
                return;
            var step = left < _options.OutageHeadInterval ? left : _options.OutageHeadInterval;
            await Task.WhenAny(_wanted.Task, Task.Delay(step, _time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        // Many channels bound one after the other ask one after the other.
        await Task.Delay(TimeSpan.FromMilliseconds(5), _time, cancellationToken);
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (IsPulling)
                _logs.DropIdle(IdleInOutage);
            var healed = 0;
            foreach (var page in _logs.All.Where(log => log.IsLoaded).Chunk(Page))
            {
                var states = await _store.GetStatesAsync([.. page.Select(log => log.Name)], cancellationToken);
                for (var i = 0; i < page.Length; i++)
                {
                    if (page[i].Observe(states[i]))
                        healed++;
                }
            }

            if (healed > 0)
                _sender.Metrics.Healed(healed);
            if (_failing)
                LogRecovered(_logger);
            _failing = false;
        }
        catch (RealtimeException e)
        {
            // Once for each outage: it is tried again at the next interval.
            if (!_failing)
                LogFailed(_logger, e);
            _failing = true;
            CompareSoon();
            await Task.Delay(_options.OutageHeadInterval, _time, cancellationToken);
        }
    }

    [LoggerMessage(1420, LogLevel.Warning, "The heads of the channels could not be compared with the store and will be again.", EventName = "HeadsNotCompared")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(1421, LogLevel.Information, "The heads of the channels are compared with the store again.", EventName = "HeadsCompared")]
    private static partial void LogRecovered(ILogger logger);
}
