using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Realtime.Backbones;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Stores;

namespace Realtime.Channels;

/// <summary>The channel logs that this node has in memory. A log is here while somebody reads it and for a while after.</summary>
public sealed class ChannelLogs : IDisposable
{
    /// <summary>How long a log that nobody holds is kept.</summary>
    internal static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<ChannelName, ChannelLog> _logs = new();
    private readonly TailBudget _budget = new();
    private readonly Lock _loadGate = new();
    private readonly StateLoader _loader;
    private readonly DeliveryOptions _options;
    private readonly TimeProvider _time;
    private readonly ShardInterest _interest;
    private readonly HoleTimer _holes;
    private readonly ITimer _sweeper;

    /// <summary>Creates an empty set.</summary>
    /// <param name="store">Where states are loaded from.</param>
    /// <param name="options">The bounds on memory.</param>
    /// <param name="interest">Told of the shards of the channels in memory.</param>
    /// <param name="time">The clock.</param>
    public ChannelLogs(IMessageStore store, DeliveryOptions options, ShardInterest interest, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _loader = new StateLoader(store);
        _options = options;
        _interest = interest;
        _time = time;
        _holes = new HoleTimer(time);
        _sweeper = time.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    /// <summary>Raised after a log came into memory, because somebody here reads it from now on; on that reader's thread.</summary>
    internal event Action<ChannelLog>? Opened;

    /// <summary>Raised after a log left memory.</summary>
    internal event Action<ChannelLog>? Closed;

    /// <summary>The logs in memory.</summary>
    public IEnumerable<ChannelLog> All => _logs.Select(pair => pair.Value);

    /// <summary>How many logs are in memory.</summary>
    public int Count => _logs.Count;

    /// <summary>The bytes of all tails.</summary>
    public long TailBytes => _budget.Bytes;

    /// <summary>Gives the channel's log, loading its state where needed. The caller must <see cref="Release"/> it.</summary>
    /// <param name="channel">The channel; one that was never written to has an empty log.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    public ValueTask<ChannelLog> AcquireAsync(ChannelName channel, CancellationToken cancellationToken)
    {
        var log = Lease(channel);
        return log.IsLoaded ? new ValueTask<ChannelLog>(log) : LoadAsync(log, cancellationToken);
    }

    /// <summary>As <see cref="AcquireAsync(ChannelName, CancellationToken)"/>, for a reader of several channels, whose states are loaded together; all or none.</summary>
    /// <returns>The logs in the order of the channels.</returns>
    internal async ValueTask<ChannelLog[]> AcquireAsync(IReadOnlyCollection<ChannelName> channels, ReadStart start, CancellationToken cancellationToken)
    {
        var logs = new ChannelLog[channels.Count];
        List<Task>? loading = null;
        var next = 0;
        foreach (var channel in channels)
        {
            var log = logs[next++] = Lease(channel);
            // Ahead of what this node has heard of: only the store knows whether there is such a place, and so whether it is a gap.
            if (!log.IsLoaded || start.IsAheadOf(log))
                (loading ??= []).Add(LoadingOf(log));
        }

        if (loading is null)
            return logs;
        try
        {
            await Task.WhenAll(loading).WaitAsync(cancellationToken);
            return logs;
        }
        catch
        {
            foreach (var log in logs)
                Release(log);
            throw;
        }
    }

    /// <summary>Gives a log back.</summary>
    public void Release(ChannelLog log)
    {
        ArgumentNullException.ThrowIfNull(log);
        log.LastUsed = _time.GetTimestamp();
        log.Release();
    }

    /// <summary>The channel's log if it is in memory; where it is not, nobody here reads the channel.</summary>
    internal bool TryGet(ChannelName channel, [NotNullWhen(true)] out ChannelLog? log) => _logs.TryGetValue(channel, out log);

    /// <summary>Drops the logs that nobody has held for a while; whoever wants one loads it anew.</summary>
    internal void DropIdle(TimeSpan idle)
    {
        var now = _time.GetTimestamp();
        foreach (var (_, log) in _logs)
        {
            if (!log.IsLeased && _time.GetElapsedTime(log.LastUsed, now) >= idle && log.TryEvict())
                Forget(log);
        }
    }

    private ChannelLog Lease(ChannelName channel)
    {
        while (true)
        {
            // It is in the dictionary before its state is read, so that a commit in between reaches it and none is missed.
            if (!_logs.TryGetValue(channel, out var log))
            {
                log = new ChannelLog(channel, _budget, _holes, _options.Pumps);
                if (!_logs.TryAdd(channel, log))
                    continue;
                _interest.Add(ShardInterest.ShardOf(log.Key));
                Opened?.Invoke(log);
            }

            if (log.TryLease())
                return log;
            Forget(log);
        }
    }

    /// <summary>Removes a log that is evicted already.</summary>
    private bool Forget(ChannelLog log)
    {
        if (!_logs.TryRemove(KeyValuePair.Create(log.Name, log)))
            return false;
        _interest.Remove(ShardInterest.ShardOf(log.Key));
        Closed?.Invoke(log);
        return true;
    }

    private async ValueTask<ChannelLog> LoadAsync(ChannelLog log, CancellationToken cancellationToken)
    {
        try
        {
            await LoadingOf(log).WaitAsync(cancellationToken);
            return log;
        }
        catch
        {
            Release(log);
            throw;
        }
    }

    /// <summary>The load of the log's state, shared by all who wait for it.</summary>
    private Task LoadingOf(ChannelLog log)
    {
        lock (_loadGate)
            return log.Loading is { IsCompleted: false } running ? running : log.Loading = LoadStateAsync(log);
    }

    private async Task LoadStateAsync(ChannelLog log) => log.Observe(await _loader.LoadAsync(log.Name));

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        // Counted once: the count of a concurrent dictionary takes all its locks.
        var count = _logs.Count;
        foreach (var (_, log) in _logs)
        {
            if (log.IsLeased || (count <= _options.MaxIdleLogs && _time.GetElapsedTime(log.LastUsed, now) < IdleTime))
                continue;
            if (log.TryEvict() && Forget(log))
                count--;
        }

        if (_budget.Bytes <= _options.MaxTailBytes)
            return;
        foreach (var log in All.OrderBy(log => log.LastUsed).ToList())
        {
            if (_budget.Bytes <= _options.MaxTailBytes / 2)
                return;
            log.DropTail();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sweeper.Dispose();
        _holes.Dispose();
    }
}
