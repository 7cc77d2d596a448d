using Realtime.Delivery;
using Realtime.Sessions;

namespace Realtime.Channels;

/// <summary>How far a read from memory got.</summary>
internal enum TailRead
{
    /// <summary>Everything that follows the position, up to the bounds asked for, was given from memory.</summary>
    Complete,

    /// <summary>What follows the position is older than the tail: the store has it.</summary>
    Behind,

    /// <summary>Something is missing for good.</summary>
    Gap,
}

/// <summary>
/// What this node knows of one channel: its state, the newest messages in memory (the tail), recent signals, and who waits for more.
/// </summary>
/// <remarks>
/// The tail is a cache of the store: a batch that does not follow the head just starts a new tail, and readers get what lies between from the
/// store. So a batch that comes late, twice or not at all costs a read and never an order. Safe for concurrent use.
/// </remarks>
public sealed partial class ChannelLog
{
    private readonly Lock _gate = new();
    private readonly MessageTail _tail;
    private readonly SignalRing _signals = new();
    private readonly LogGroup?[] _groups;
    private readonly HoleTimer _holes;
    private PollWaiter.Node? _waiters;
    private Epoch _epoch;
    private long _first = 1;
    private long _head;
    private bool _loaded;
    private bool _evicted;
    private int _leases;

    internal ChannelLog(ChannelName name, TailBudget budget, HoleTimer holes, int pumps)
    {
        _holes = holes;
        Name = name;
        Key = ChannelKey.Of(name);
        _tail = new MessageTail(budget);
        _groups = new LogGroup?[pumps];
    }

    /// <summary>The channel.</summary>
    public ChannelName Name { get; }

    /// <summary>The channel's name in cursors.</summary>
    public ulong Key { get; }

    /// <summary>The newest offset, for a quick look without the lock.</summary>
    internal long Head => Volatile.Read(ref _head);

    /// <summary>The number of the newest signal, for a quick look without the lock.</summary>
    internal long SignalHead => _signals.Head;

    /// <summary>When it was last read, appended to or released; ticks of the registry's clock.</summary>
    internal long LastUsed { get; set; }

    /// <summary>Whether somebody holds it.</summary>
    internal bool IsLeased => Volatile.Read(ref _leases) > 0;

    internal int TailBytes => _tail.Bytes;

    internal bool IsLoaded => Volatile.Read(ref _loaded);

    /// <summary>The load that is under way, so that all who wait share it; guarded by the registry.</summary>
    internal Task? Loading { get; set; }

    /// <summary>The channel's state.</summary>
    public ChannelState State
    {
        get
        {
            lock (_gate)
                return new ChannelState(_epoch, _first, _head);
        }
    }

    internal void Append(Signal signal)
    {
        lock (_gate)
            _signals.Add(signal);
        Wake();
    }

    /// <summary>Reads what follows <paramref name="position"/> from memory.</summary>
    /// <param name="position">Where the reader stands.</param>
    /// <param name="limit">The most messages.</param>
    /// <param name="maxBytes">Stops before the message that would exceed this, but gives at least one.</param>
    /// <param name="output">Receives the messages.</param>
    /// <param name="gap">What is missing, for <see cref="TailRead.Gap"/>.</param>
    internal TailRead Read(Position position, int limit, int maxBytes, List<Message> output, out Gap? gap)
    {
        lock (_gate)
        {
            gap = Gap.Between(Name, position, new ChannelState(_epoch, _first, _head));
            if (gap is not null)
                return TailRead.Gap;
            if (position.Offset == _head)
                return TailRead.Complete;
            return _tail.Read(position.Offset, limit, maxBytes, output) ? TailRead.Complete : TailRead.Behind;
        }
    }

    /// <summary>Reads the signals after number <paramref name="after"/> that are still there, and returns the newest number.</summary>
    internal long ReadSignals(long after, List<Signal> output)
    {
        lock (_gate)
            return _signals.Read(after, output);
    }

    /// <summary>Puts a message in the place of the deleted one, for whoever reads it from now on.</summary>
    internal void Replace(Message message)
    {
        lock (_gate)
            _tail.Replace(message);
    }

    /// <summary>Drops the tail, to give memory back; readers get what they need from the store.</summary>
    internal void DropTail()
    {
        lock (_gate)
            _tail.Clear();
    }

    internal bool TryLease()
    {
        lock (_gate)
        {
            if (_evicted)
                return false;
            _leases++;
            return true;
        }
    }

    internal void Release()
    {
        lock (_gate)
            _leases--;
    }

    internal bool TryEvict()
    {
        lock (_gate)
        {
            if (_leases > 0)
                return false;
            _evicted = true;
            _tail.Clear();
            return true;
        }
    }

    /// <summary>The sessions of one pump that read this channel; asked for by that pump alone.</summary>
    internal LogGroup GroupOf(DeliveryPump pump) => _groups[pump.Index] ??= new LogGroup(this, pump);

    internal void AddWaiter(PollWaiter.Node node)
    {
        lock (_gate)
            PollWaiter.Node.Insert(ref _waiters, node);
    }

    internal void RemoveWaiter(PollWaiter.Node node)
    {
        lock (_gate)
            PollWaiter.Node.Remove(ref _waiters, node);
    }

    /// <summary>Wakes the parked polls; sessions are told when they are behind, polls that something may be there.</summary>
    internal void WakeWaiters()
    {
        lock (_gate)
        {
            for (var node = _waiters; node is not null; node = node.Next)
                node.Waiter.Wake();
        }
    }

    private void Wake()
    {
        foreach (var group in _groups)
            group?.MarkDirty();
        if (Volatile.Read(ref _waiters) is not null)
            WakeWaiters();
    }
}
