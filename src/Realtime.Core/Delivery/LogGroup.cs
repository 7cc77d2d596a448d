using Realtime.Channels;
using Realtime.Sessions;

namespace Realtime.Delivery;

/// <summary>The sessions of one pump that read one channel, with the frames they share. All but <see cref="MarkDirty"/> belongs to the pump's thread.</summary>
internal sealed class LogGroup(ChannelLog log, DeliveryPump pump)
{
    private readonly List<Subscription> _subscriptions = [];
    private SharedFrames?[] _frames = [];
    private bool _holdsFrames;
    private int _dirty;

    internal ChannelLog Log { get; } = log;

    /// <summary>Tells the pump, once, that there is something new.</summary>
    internal void MarkDirty()
    {
        if (_subscriptions.Count > 0 && Interlocked.Exchange(ref _dirty, 1) == 0)
            pump.Enqueue(this);
    }

    internal void Add(Subscription subscription)
    {
        subscription.GroupIndex = _subscriptions.Count;
        _subscriptions.Add(subscription);
        // Seen by appends before the session looks at the head: either the append marks the group or the session sees its message.
        Interlocked.MemoryBarrier();
    }

    internal void Remove(Subscription subscription)
    {
        var last = _subscriptions[^1];
        _subscriptions[subscription.GroupIndex] = last;
        last.GroupIndex = subscription.GroupIndex;
        _subscriptions.RemoveAt(_subscriptions.Count - 1);
    }

    /// <summary>Lets every session that is behind write what it lacks.</summary>
    internal void Sweep()
    {
        // Cleared first, with a full fence: an append either finds the mark gone and sets it again, or its head is seen below.
        Interlocked.Exchange(ref _dirty, 0);
        // A session that ends during the sweep is removed by a later command, so the list stands still.
        foreach (var subscription in _subscriptions)
            subscription.Session.Deliver();
    }

    /// <summary>
    /// The frame for a session that reads this channel alone and stands at <paramref name="subscription"/>'s position, made once for all that stand there.
    /// </summary>
    /// <returns>Null when the messages must come from the store, or when there is nothing.</returns>
    internal Frame? FrameFor(Subscription subscription, WireFormat format, out long reached, out TailRead outcome, out Gap? gap)
    {
        var position = subscription.Position;
        gap = null;
        outcome = TailRead.Complete;
        if (TryGetFrame(format, position, out var shared))
        {
            reached = shared.To;
            return shared.Frame;
        }

        var frame = pump.EncodeTail(Log, position, format, out reached, out outcome, out gap);
        if (frame is not null)
            Share(format, new SharedFrame(position, reached, IsFull: reached < Log.Head, frame));
        return frame;
    }

    internal bool HasFrame(WireFormat format, Position from) => TryGetFrame(format, from, out _);

    /// <summary>Keeps a frame for others that stand where it begins.</summary>
    internal void Share(WireFormat format, SharedFrame frame)
    {
        if (_frames.Length <= format.Index)
            Array.Resize(ref _frames, format.Index + 1);
        if (!_holdsFrames)
        {
            _holdsFrames = true;
            pump.HoldsFrames(this);
        }

        (_frames[format.Index] ??= new SharedFrames()).Add(frame);
    }

    /// <summary>Lets the frames go: those who are to share one come within moments of each other.</summary>
    internal void DropFrames()
    {
        _holdsFrames = false;
        _frames = [];
    }

    private bool TryGetFrame(WireFormat format, Position from, out SharedFrame shared)
    {
        if (format.Index < _frames.Length && _frames[format.Index] is { } frames)
            return frames.TryGet(from, Log.Head, out shared);
        shared = default;
        return false;
    }
}
