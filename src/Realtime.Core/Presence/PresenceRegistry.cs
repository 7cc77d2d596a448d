using System.Collections.Concurrent;
using System.Collections.Frozen;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Diagnostics;

namespace Realtime.Presence;

/// <summary>
/// Who is in the channels that somebody of this node reads, or has asked about, over all nodes. Sessions and polls enter and leave, which costs them a
/// look-up and no wait; a round, some times a second, tells readers and the other nodes what came of it.
/// </summary>
public sealed class PresenceRegistry
{
    private readonly ConcurrentDictionary<ChannelName, ChannelPresence> _presences = new();
    private readonly ConcurrentQueue<ChannelPresence> _changed = new();
    private readonly PriorityQueue<ChannelPresence, long> _schedule = new();
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _excluded;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _hidden;
    private readonly ChannelLogs _logs;
    private readonly NodeDirectory _nodes;
    private readonly TimeProvider _time;
    private readonly TimeSpan _nodesKnownAfter;
    private readonly long _origin;
    private int _entries;
    private int _channels;
    private long _version;

    /// <summary>Creates an empty registry.</summary>
    public PresenceRegistry(
        ChannelLogs logs, PresenceOptions options, BackboneOptions backbone, IBackbone connection, NodeDirectory nodes, RealtimeMetrics metrics, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(time);
        _logs = logs;
        _nodes = nodes;
        _time = time;
        _origin = time.GetTimestamp();
        // By then each of the others has said how it is.
        _nodesKnownAfter = backbone.StatusInterval * 2;
        _excluded = Namespaces(options.ExcludedNamespaces);
        _hidden = Namespaces(options.HiddenNamespaces);
        Options = options;
        ConnectsNodes = connection.ConnectsNodes;
        Metrics = new PresenceMetrics(metrics, this);
    }

    /// <summary>Users that this node keeps, summed over channels.</summary>
    public int Entries => Volatile.Read(ref _entries);

    /// <summary>Channels whose users this node keeps.</summary>
    public int Channels => Volatile.Read(ref _channels);

    internal PresenceOptions Options { get; }

    internal PresenceMetrics Metrics { get; }

    internal bool ConnectsNodes { get; }

    /// <summary>Milliseconds since the registry was made.</summary>
    internal long Now => (long)_time.GetElapsedTime(_origin).TotalMilliseconds;

    internal long UnixTime => _time.GetUtcNow().ToUnixTimeMilliseconds();

    internal long LeaveGrace => (long)Options.LeaveGrace.TotalMilliseconds;

    internal long PollLease => (long)Options.PollLease.TotalMilliseconds;

    internal long Lease => (long)Options.Lease.TotalMilliseconds;

    /// <summary>Two renewals may be lost.</summary>
    internal long Renewal => Lease / 3;

    /// <summary>How long a channel without users of this node is still followed.</summary>
    internal long KeepIdle => ConnectsNodes ? Lease : 0;

    /// <summary>The version of the newest change on this node, over all channels.</summary>
    internal long LastVersion => Volatile.Read(ref _version);

    /// <summary>Whether presence is kept for the channel, and told to whoever may read it.</summary>
    public bool Covers(ChannelName channel) => Options.Enabled && !_excluded.Contains(channel.Namespace);

    /// <summary>Whether presence is kept for the channel, be it for the server alone.</summary>
    public bool Keeps(ChannelName channel) => Covers(channel) || (Options.Enabled && _hidden.Contains(channel.Namespace));

    /// <summary>Tells who is in a channel.</summary>
    /// <remarks>
    /// Of this node it is exact. A node that had nobody in the channel asks the others first and waits until all that are alive have answered, at most
    /// a second; from then on it hears of changes as they come.
    /// </remarks>
    /// <param name="channel">One that <see cref="Keeps"/> is true for.</param>
    /// <param name="limit">The most users to name; 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Null when so many channels are followed that there is no room for one more.</returns>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    public async ValueTask<PresenceList?> ReadAsync(ChannelName channel, int limit, CancellationToken cancellationToken)
    {
        if (_presences.TryGetValue(channel, out var known) && known.Synced.IsCompleted)
            return known.Read(limit);
        if (!ConnectsNodes)
            return new PresenceList(channel, 0, []);
        var log = await _logs.AcquireAsync(channel, cancellationToken);
        try
        {
            if (Open(log) is not { } presence)
                return null;
            await presence.Synced.WaitAsync(cancellationToken);
            return presence.Read(limit);
        }
        finally
        {
            _logs.Release(log);
        }
    }

    /// <summary>A session or poll of a user begins to read a channel.</summary>
    /// <param name="log">Held by the caller.</param>
    /// <param name="user">Who.</param>
    /// <param name="transport">One of <see cref="Transports.TransportNames"/>.</param>
    /// <returns>To be told when it ends; null where presence isn't kept.</returns>
    internal PresenceEntry? Enter(ChannelLog log, string user, string transport)
    {
        if (!Keeps(log.Name))
            return null;
        var index = PresenceTransports.IndexOf(transport);
        while (Open(log) is { } presence)
        {
            if (presence.TryEnter(user, index, out var entry))
                return entry;
            Forget(presence);
        }

        Metrics.Refused();
        return null;
    }

    /// <summary>Does what is due in the channels that changed or that asked for it.</summary>
    internal void Run(PresenceRound round, PresenceOutbox? outbox)
    {
        round.Outbox = outbox;
        round.Now = Now;
        round.Time = _time.GetUtcNow();
        for (var count = _changed.Count; count > 0 && outbox is not { IsFull: true } && _changed.TryDequeue(out var presence); count--)
        {
            // Before it is looked at: what changes meanwhile needs another round.
            Interlocked.Exchange(ref presence.Queued, 0);
            Process(presence, round);
        }

        while (outbox is not { IsFull: true } && _schedule.TryPeek(out var presence, out var at) && at <= round.Now)
        {
            _schedule.Dequeue();
            if (at != presence.ScheduledAt)
                continue;
            presence.ScheduledAt = PresenceEntry.Never;
            Process(presence, round);
        }
    }

    /// <summary>Takes in what another node said of a channel.</summary>
    /// <returns>False when nothing is known of the channel here.</returns>
    internal bool TryTake(Guid node, PresenceHead head)
    {
        if (!_presences.TryGetValue(head.Channel, out var presence))
            return false;
        presence.Take(node, head);
        return true;
    }

    internal void ForgetNode(Guid node)
    {
        foreach (var (_, presence) in _presences)
            presence.Forget(node);
    }

    internal void Enqueue(ChannelPresence presence)
    {
        if (Interlocked.Exchange(ref presence.Queued, 1) == 0)
            _changed.Enqueue(presence);
    }

    internal long NextVersion() => Interlocked.Increment(ref _version);

    internal bool TryCountEntry(int inChannel)
    {
        if (inChannel < Options.MaxChannelEntries && Interlocked.Increment(ref _entries) <= Options.MaxEntries)
            return true;
        if (inChannel < Options.MaxChannelEntries)
            Interlocked.Decrement(ref _entries);
        Metrics.Refused();
        return false;
    }

    internal void UncountEntries(int count) => Interlocked.Add(ref _entries, -count);

    /// <summary>Removes a presence that is dropped already.</summary>
    internal void Forget(ChannelPresence presence)
    {
        if (!_presences.TryRemove(KeyValuePair.Create(presence.Log.Name, presence)))
            return;
        Interlocked.Decrement(ref _channels);
        _logs.Release(presence.Log);
    }

    private void Process(ChannelPresence presence, PresenceRound round)
    {
        var next = presence.Process(round);
        if (next >= presence.ScheduledAt)
            return;
        presence.ScheduledAt = next;
        _schedule.Enqueue(presence, next);
    }

    /// <summary>The presence in a channel whose log the caller holds; null when there is no room for another.</summary>
    private ChannelPresence? Open(ChannelLog log)
    {
        if (_presences.TryGetValue(log.Name, out var presence))
            return presence;
        if (Interlocked.Increment(ref _channels) > Options.MaxEntries)
        {
            Interlocked.Decrement(ref _channels);
            return null;
        }

        presence = new ChannelPresence(this, log, ConnectsNodes ? new PresenceSync(KnownNodes(), Now) : null);
        var held = log.TryLease();
        System.Diagnostics.Debug.Assert(held, "The caller holds the log.");
        var stored = _presences.GetOrAdd(log.Name, presence);
        if (stored != presence)
        {
            Interlocked.Decrement(ref _channels);
            _logs.Release(log);
        }

        // One that nobody enters in the end is dropped by its first round.
        Enqueue(stored);
        return stored;
    }

    private static FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Namespaces(string setting) =>
        setting.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet().GetAlternateLookup<ReadOnlySpan<char>>();

    private IReadOnlyCollection<Guid>? KnownNodes() => _time.GetElapsedTime(_origin) < _nodesKnownAfter ? null : _nodes.Alive;
}
