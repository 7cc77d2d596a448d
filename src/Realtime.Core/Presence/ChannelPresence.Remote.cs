using System.Runtime.InteropServices;

namespace Realtime.Presence;

/// <summary>What goes to the other nodes and comes from them.</summary>
/// <remarks>
/// Each node tells the users that it has itself, as changes that are chained by versions. Whoever lacks one of the chain asks for the whole. What a node
/// told holds for a lease, which every part of the chain renews; so frames may be lost, repeated and reordered, and a node may be killed.
/// </remarks>
internal sealed partial class ChannelPresence
{
    /// <summary>How long to wait for an answer before asking again, in milliseconds.</summary>
    private const long AskInterval = 1_000;

    private readonly PresenceSync? _sync;
    private Dictionary<Guid, RemoteHolding>? _holdings;
    private long _version;
    private long _renewAt = PresenceEntry.Never;
    private bool _tellsAll;

    /// <summary>Takes in what another node said.</summary>
    internal void Take(Guid node, PresenceHead head)
    {
        lock (_gate)
        {
            if (_dropped)
                return;
            if (head.Part == PresencePart.Request)
            {
                _tellsAll = true;
                _registry.Enqueue(this);
                return;
            }

            var holding = HoldingOf(node);
            // Late, or once more: what it said is known, or contradicted by what came after it.
            if (head.Version < holding.Version)
                return;
            holding.LeaseUntil = _registry.Now + _registry.Lease;
            switch (head.Part)
            {
                case PresencePart.Snapshot:
                    TakeSnapshot(node, holding, head);
                    break;
                case PresencePart.Delta when head.Version > holding.Version:
                    TakeDelta(holding, head);
                    break;
                case PresencePart.Renewal when head.Version > holding.Version:
                    Ask(holding);
                    break;
            }
        }
    }

    /// <summary>A node is gone: so are its users, unless they come back somewhere within the grace.</summary>
    internal void Forget(Guid node)
    {
        lock (_gate)
        {
            if (_holdings?.Remove(node, out var holding) == true)
                Empty(holding);
            _sync?.Answered(node);
        }
    }

    private RemoteHolding HoldingOf(Guid node)
    {
        ref var holding = ref CollectionsMarshal.GetValueRefOrAddDefault(_holdings ??= [], node, out _);
        return holding ??= new RemoteHolding();
    }

    private void TakeDelta(RemoteHolding holding, PresenceHead head)
    {
        if (head.Before == PresenceFrame.Nothing)
        {
            Replace(holding, PresenceFrame.ReadRecords(head.Records));
        }
        else if (head.Before == holding.Version)
        {
            foreach (var record in PresenceFrame.ReadRecords(head.Records))
                Share(holding, record);
        }
        else
        {
            Ask(holding);
            return;
        }

        Reach(holding, head.Version);
    }

    private void TakeSnapshot(Guid node, RemoteHolding holding, PresenceHead head)
    {
        if (head.Index == 0)
            holding.Parts = new SnapshotParts(head.Version);
        if (holding.Parts is not { } parts || parts.Version != head.Version || parts.Next != head.Index)
        {
            // One was lost, or this one comes once more.
            if (head.Version > holding.Version)
                Ask(holding);
            return;
        }

        parts.Next++;
        if (parts.Records.Count < _registry.Options.MaxChannelEntries)
            parts.Records.AddRange(PresenceFrame.ReadRecords(head.Records));
        if (!head.IsLast)
            return;
        Replace(holding, parts.Records);
        Reach(holding, head.Version);
        _sync?.Answered(node);
    }

    private void Reach(RemoteHolding holding, long version)
    {
        holding.Version = version;
        holding.Parts = null;
        holding.AskAt = PresenceEntry.Never;
        _registry.Enqueue(this);
    }

    private void Ask(RemoteHolding holding)
    {
        if (holding.AskAt != PresenceEntry.Never)
            return;
        holding.AskAt = _registry.Now;
        _registry.Enqueue(this);
    }

    private void Replace(RemoteHolding holding, IReadOnlyList<PresenceRecord> records)
    {
        if (holding.Users > 0)
        {
            var stay = records.Select(record => record.User).ToHashSet();
            foreach (var entry in _entries.Values)
            {
                if (!stay.Contains(entry.User) && entry.Share(holding, 0))
                    Touch(entry);
            }
        }

        foreach (var record in records)
            Share(holding, record);
    }

    private void Share(RemoteHolding holding, PresenceRecord record)
    {
        if (!_entries.TryGetValue(record.User, out var entry) && (record.Mask == 0 || (entry = Add(record.User, record.Since)) is null))
            return;
        entry.Since = Math.Min(entry.Since, record.Since);
        if (entry.Share(holding, record.Mask))
            Touch(entry);
    }

    private void Empty(RemoteHolding holding)
    {
        if (holding.Users == 0)
            return;
        foreach (var entry in _entries.Values)
        {
            if (entry.Share(holding, 0))
                Touch(entry);
        }
    }

    private void ExpireHoldings(long now)
    {
        if (_holdings is null)
            return;
        foreach (var (node, holding) in _holdings)
        {
            if (now >= holding.LeaseUntil)
            {
                _holdings.Remove(node);
                Empty(holding);
            }
        }
    }

    private void Tell(PresenceOutbox outbox, PresenceRound round)
    {
        var now = round.Now;
        foreach (var node in _sync is { IsDone: false } sync ? sync.Ask(now) : [])
            PresenceFrame.WriteRequest(outbox.ForAll, Log.Name, node);
        if (_holdings is not null)
            AskAgain(outbox, now);
        TellChanges(outbox, round.Records);
        if (_tellsAll)
            TellAll(outbox, round.Records);
        else if (now >= _renewAt)
            PresenceFrame.WriteRenewal(outbox.For(Log.Name), Log.Name, _version);
        if (now >= _renewAt || _renewAt == PresenceEntry.Never && _held > 0)
            _renewAt = now + _registry.Renewal;
    }

    private void AskAgain(PresenceOutbox outbox, long now)
    {
        foreach (var (node, holding) in _holdings!)
        {
            if (now < holding.AskAt)
                continue;
            PresenceFrame.WriteRequest(outbox.For(Log.Name), Log.Name, node);
            holding.AskAt = now + AskInterval;
        }
    }

    private void TellChanges(PresenceOutbox outbox, List<PresenceRecord> records)
    {
        for (var from = 0; from < records.Count; from += PresenceFrame.MaxRecords)
        {
            var before = _renewAt == PresenceEntry.Never && from == 0 ? PresenceFrame.Nothing : _version;
            _version = _registry.NextVersion();
            var part = CollectionsMarshal.AsSpan(records).Slice(from, Math.Min(PresenceFrame.MaxRecords, records.Count - from));
            PresenceFrame.WriteDelta(outbox.For(Log.Name), Log.Name, before, _version, part);
        }
    }

    private void TellAll(PresenceOutbox outbox, List<PresenceRecord> records)
    {
        _tellsAll = false;
        records.Clear();
        foreach (var entry in _entries.Values)
        {
            if (entry.Told != 0)
                records.Add(new PresenceRecord(entry.User, entry.Told, entry.Since));
        }

        var from = 0;
        for (var index = 0; index == 0 || from < records.Count; index++)
        {
            var part = CollectionsMarshal.AsSpan(records).Slice(from, Math.Min(PresenceFrame.MaxRecords, records.Count - from));
            from += part.Length;
            PresenceFrame.WriteSnapshot(outbox.For(Log.Name), Log.Name, _version, index, from == records.Count, part);
        }
    }

    private long NextRemote()
    {
        var next = Math.Min(_renewAt, _sync is { IsDone: false } ? _sync.AskAt : PresenceEntry.Never);
        if (_holdings is not null)
        {
            foreach (var holding in _holdings.Values)
                next = Math.Min(next, Math.Min(holding.LeaseUntil, holding.AskAt));
        }

        return next;
    }
}
