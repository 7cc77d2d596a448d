using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>
/// Who is in one channel: the users of this node, by their sessions and polls, and those that other nodes told of. It holds the channel's log for as long
/// as it lives, so that the node gets the frames of the channel's shard.
/// </summary>
/// <remarks>Entering and leaving change memory alone; all that follows from it is done by the rounds of the registry, one at a time.</remarks>
internal sealed partial class ChannelPresence
{
    private const int MaxIdleCapacity = 64;

    private readonly Lock _gate = new();
    private readonly PresenceRegistry _registry;
    private readonly Dictionary<string, PresenceEntry> _entries = [];
    private readonly List<PresenceEntry> _changed = [];
    /// <summary>Entries by when they are to be looked at; those that were told another time since are stale.</summary>
    private PriorityQueue<PresenceEntry, long>? _due;

    private int _queued;

    /// <summary>Sessions and held polls on this node.</summary>
    private int _readers;

    /// <summary>Users that the other nodes were told of.</summary>
    private int _held;

    private long _usedAt;
    private bool _dropped;

    internal ChannelPresence(PresenceRegistry registry, ChannelLog log, PresenceSync? sync)
    {
        _registry = registry;
        _sync = sync;
        _budget = new SignalBudget(registry.Options.MaxDeliveriesPerSecond);
        _isAnnounced = registry.Covers(log.Name);
        Log = log;
        _version = registry.LastVersion;
        _usedAt = registry.Now;
    }

    internal ChannelLog Log { get; }

    /// <summary>1 while it waits for a round; changed by the registry.</summary>
    internal ref int Queued => ref _queued;

    /// <summary>When it is to have a round by itself; belongs to the rounds.</summary>
    internal long ScheduledAt { get; set; } = PresenceEntry.Never;

    internal Task Synced => _sync?.Done ?? Task.CompletedTask;

    /// <summary>A session or a poll of the user begins to read.</summary>
    /// <param name="user">Who.</param>
    /// <param name="transport">How.</param>
    /// <param name="entry">For <see cref="Leave"/> or <see cref="EndPoll"/>; null when there is no room for the user.</param>
    /// <returns>False when this presence was dropped and another must be made.</returns>
    internal bool TryEnter(string user, int transport, out PresenceEntry? entry)
    {
        var now = _registry.Now;
        lock (_gate)
        {
            entry = null;
            if (_dropped)
                return false;
            if (!_entries.TryGetValue(user, out entry) && (entry = Add(user, _registry.UnixTime)) is null)
                return true;
            var before = entry.LocalMask(now);
            entry.Add(transport, +1);
            _readers++;
            if (entry.LocalMask(now) != before)
                Touch(entry);
            return true;
        }
    }

    /// <summary>A session stops reading.</summary>
    internal void Leave(PresenceEntry entry, int transport)
    {
        var now = _registry.Now;
        lock (_gate)
        {
            Remove(entry, transport, now);
            if ((entry.LocalMask(now) & 1 << transport) == 0)
                Touch(entry);
        }
    }

    /// <summary>A poll was answered: its user counts as present until the next one has had time to come.</summary>
    internal void EndPoll(PresenceEntry entry, int transport)
    {
        var now = _registry.Now;
        var until = now + _registry.PollLease;
        lock (_gate)
        {
            Remove(entry, transport, now);
            entry.LeasePoll(transport, until);
            // Somebody who polls again and again costs one look in each lease.
            if (entry.DueAt > until)
                Touch(entry);
        }
    }

    internal PresenceList Read(int limit)
    {
        (string User, long Since, byte Mask)[] users;
        var now = _registry.Now;
        lock (_gate)
        {
            _usedAt = now;
            users = new (string, long, byte)[_entries.Count];
            var index = 0;
            foreach (var entry in _entries.Values)
                users[index++] = (entry.User, entry.Since, entry.Mask(now));
        }

        var first = users.OrderBy(user => user.Since).ThenBy(user => user.User, StringComparer.Ordinal).Take(limit)
            .Select(user => new PresentUser(user.User, DateTimeOffset.FromUnixTimeMilliseconds(user.Since), PresenceTransports.NamesOf(user.Mask)));
        return new PresenceList(Log.Name, users.Length, [.. first]);
    }

    /// <summary>Does what is due, and tells readers and other nodes what changed. Called by one round at a time.</summary>
    /// <returns>When it has to be called again by itself.</returns>
    internal long Process(PresenceRound round)
    {
        round.Clear();
        long next;
        lock (_gate)
        {
            if (_dropped)
                return PresenceEntry.Never;
            ExpireHoldings(round.Now);
            TouchDue(round.Now);
            foreach (var entry in _changed)
            {
                entry.IsChanged = false;
                Look(entry, round);
            }

            _changed.Clear();
            // After a storm it would keep the memory of all who came.
            if (_changed.Capacity > MaxIdleCapacity)
                _changed.Capacity = 0;
            Announce(round);
            if (round.Outbox is { } outbox)
                Tell(outbox, round);
            if (IsIdle(round.Now))
                Drop();
            next = _dropped ? PresenceEntry.Never : NextRound(round.Now);
        }

        foreach (var signal in round.Signals)
            Log.Append(signal);
        if (_dropped)
            _registry.Forget(this);
        return next;
    }

    private PresenceEntry? Add(string user, long since)
    {
        if (!_registry.TryCountEntry(_entries.Count))
            return null;
        var entry = new PresenceEntry(this, user, since);
        _entries.Add(user, entry);
        return entry;
    }

    private void Remove(PresenceEntry entry, int transport, long now)
    {
        entry.Add(transport, -1);
        _readers--;
        _usedAt = now;
    }

    private void Touch(PresenceEntry entry)
    {
        if (entry.IsChanged)
            return;
        entry.IsChanged = true;
        _changed.Add(entry);
        _registry.Enqueue(this);
    }

    private void TouchDue(long now)
    {
        while (_due is not null && _due.TryPeek(out var entry, out var at) && at <= now)
        {
            _due.Dequeue();
            if (at != entry.DueAt || entry.IsRemoved)
                continue;
            entry.DueAt = PresenceEntry.Never;
            if (entry.IsChanged)
                continue;
            entry.IsChanged = true;
            _changed.Add(entry);
        }
    }

    /// <summary>Compares what is with what was told.</summary>
    private void Look(PresenceEntry entry, PresenceRound round)
    {
        if (entry.IsRemoved)
            return;
        var local = entry.LocalMask(round.Now);
        if (local != entry.Told)
        {
            _held += (local != 0 ? 1 : 0) - (entry.Told != 0 ? 1 : 0);
            entry.Told = local;
            round.Records.Add(new PresenceRecord(entry.User, local, entry.Since));
        }

        if (entry.Mask(round.Now) != 0)
        {
            entry.LeaveAt = PresenceEntry.Never;
            if (!entry.IsAnnounced)
                round.Joins.Add(entry);
            entry.IsAnnounced = true;
        }
        else if (round.Now >= (entry.LeaveAt = Math.Min(entry.LeaveAt, round.Now + _registry.LeaveGrace)))
        {
            entry.IsRemoved = true;
            _entries.Remove(entry.User);
            _registry.UncountEntries(1);
            if (entry.IsAnnounced)
                round.Leaves.Add(entry);
            return;
        }

        if (entry.NextDue(round.Now) is var next && next < entry.DueAt)
        {
            entry.DueAt = next;
            (_due ??= new PriorityQueue<PresenceEntry, long>()).Enqueue(entry, next);
        }
    }

    /// <summary>Nobody of this node is here or has asked for a while. With other nodes the channel is followed for one lease more, so that they hear that it is empty.</summary>
    private bool IsIdle(long now) =>
        _readers == 0 && _held == 0 && (_entries.Count == 0 || _registry.ConnectsNodes) && now >= _usedAt + _registry.KeepIdle;

    private void Drop()
    {
        _dropped = true;
        _sync?.GiveUp();
        _registry.UncountEntries(_entries.Count);
        foreach (var entry in _entries.Values)
            entry.IsRemoved = true;
        _entries.Clear();
    }

    private long NextRound(long now)
    {
        var next = NextRemote();
        if (_due is not null && _due.TryPeek(out _, out var due))
            next = Math.Min(next, due);
        if (_countDue)
            next = Math.Min(next, _budget.NextCount(now, _readers));
        if (_readers == 0 && _held == 0 && _registry.ConnectsNodes)
            next = Math.Min(next, _usedAt + _registry.KeepIdle);
        return next;
    }
}
