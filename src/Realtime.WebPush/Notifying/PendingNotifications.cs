using Realtime.Channels;

namespace Realtime.WebPush.Notifying;

/// <summary>
/// What users may have to be told of: one entry for a channel, however many messages come, and never more than a bound, at which the oldest gives way.
/// Thread-safe; nothing waits.
/// </summary>
internal sealed class PendingNotifications(int capacity, TimeSpan after, Action dropped)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ChannelName, PendingNotification> _byChannel = [];
    private readonly LinkedList<PendingNotification> _byAge = new();
    private readonly PriorityQueue<PendingNotification, DateTimeOffset> _checks = new();

    internal int Count
    {
        get
        {
            lock (_gate)
                return _byChannel.Count;
        }
    }

    /// <summary>A message came: its channel waits to be looked at, unless it does already.</summary>
    internal void Add(Notification notification, string user, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_byChannel.TryGetValue(notification.Channel, out var known))
            {
                (known.Newest, known.NewestAt) = (notification, now);
                return;
            }

            if (_byChannel.Count >= capacity)
            {
                Forget(_byAge.First!.Value);
                dropped();
            }

            var entry = new PendingNotification(notification.Channel, user) { Newest = notification, NewestAt = now, DueAt = now + after };
            entry.Place = _byAge.AddLast(entry);
            _byChannel.Add(entry.Channel, entry);
            Schedule(entry, now);
        }
    }

    /// <summary>Takes entries whose look is due. Each must be given back by <see cref="CheckAgain"/>, <see cref="Settle"/> or <see cref="Remove"/>.</summary>
    internal List<PendingNotification> TakeDue(DateTimeOffset now, int limit)
    {
        var due = new List<PendingNotification>();
        lock (_gate)
        {
            while (due.Count < limit && _checks.TryPeek(out var entry, out var at) && at <= now)
            {
                _checks.Dequeue();
                // One that gave way, or that was given another time since, is still in the queue until its turn.
                if (entry.Place is null || entry.CheckAt != at)
                    continue;
                entry.CheckAt = null;
                due.Add(entry);
            }
        }

        return due;
    }

    /// <summary>Looks at an entry again later.</summary>
    internal void CheckAgain(PendingNotification entry, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (entry.Place is not null)
                Schedule(entry, at);
        }
    }

    /// <summary>What came until then has reached its user; the time of what may not have begins there.</summary>
    internal void ReachedUntil(PendingNotification entry, DateTimeOffset time)
    {
        lock (_gate)
            entry.DueAt = entry.DueAt > time + after ? entry.DueAt : time + after;
    }

    /// <summary>Ends the wait for an entry up to a message. Where newer ones came meanwhile, their time begins now.</summary>
    internal void Settle(PendingNotification entry, long offset, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (entry.Place is null)
                return;
            if (entry.Newest.Offset <= offset)
            {
                Forget(entry);
                return;
            }

            entry.DueAt = now + after;
            _byAge.Remove(entry.Place);
            _byAge.AddLast(entry.Place);
            Schedule(entry, now);
        }
    }

    /// <summary>Ends the wait for an entry, whatever came meanwhile.</summary>
    internal void Remove(PendingNotification entry)
    {
        lock (_gate)
        {
            if (entry.Place is not null)
                Forget(entry);
        }
    }

    private void Schedule(PendingNotification entry, DateTimeOffset at)
    {
        entry.CheckAt = at;
        _checks.Enqueue(entry, at);
    }

    private void Forget(PendingNotification entry)
    {
        _byAge.Remove(entry.Place!);
        entry.Place = null;
        _byChannel.Remove(entry.Channel);
    }
}
