namespace Realtime.Channels;

/// <summary>Counts the bytes of all tails of a node.</summary>
internal sealed class TailBudget
{
    private long _bytes;

    internal long Bytes => Volatile.Read(ref _bytes);

    internal void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);
}

/// <summary>The newest consecutive messages of a channel, oldest dropped first. Guarded by its log.</summary>
internal sealed class MessageTail(TailBudget budget)
{
    /// <summary>Enough for a burst to reach readers that were busy for a moment; whoever is further behind reads pages from the store.</summary>
    internal const int MaxMessages = 1024;

    /// <summary>The same bound for large messages.</summary>
    internal const int MaxBytes = 1 << 20;

    private Message[] _ring = [];
    private int _start;
    private int _count;

    internal int Bytes { get; private set; }

    internal void Add(Message message)
    {
        var size = message.Json.Length;
        while (_count > 0 && (_count == MaxMessages || Bytes + size > MaxBytes))
            DropOldest();
        if (_count == _ring.Length)
            Grow();
        _ring[(_start + _count) & (_ring.Length - 1)] = message;
        _count++;
        Bytes += size;
        budget.Add(size);
    }

    /// <summary>Puts a message in the place of the one with its offset, where that is here.</summary>
    internal void Replace(Message message)
    {
        var index = message.Offset - (_count == 0 ? 0 : _ring[_start].Offset);
        if (index < 0 || index >= _count)
            return;
        ref var place = ref _ring[(_start + (int)index) & (_ring.Length - 1)];
        var growth = message.Json.Length - place.Json.Length;
        place = message;
        Bytes += growth;
        budget.Add(growth);
    }

    internal void Clear()
    {
        budget.Add(-Bytes);
        Bytes = 0;
        _ring = [];
        _start = _count = 0;
    }

    /// <summary>Gives what follows <paramref name="after"/>; false when the tail begins later than that.</summary>
    internal bool Read(long after, int limit, int maxBytes, List<Message> output)
    {
        if (_count == 0 || after + 1 < _ring[_start].Offset)
            return false;
        var index = (int)(after + 1 - _ring[_start].Offset);
        var bytes = 0;
        for (var given = 0; index < _count && given < limit; index++, given++)
        {
            var message = _ring[(_start + index) & (_ring.Length - 1)];
            bytes += message.Json.Length;
            if (bytes > maxBytes && given > 0)
                break;
            output.Add(message);
        }

        return true;
    }

    private void DropOldest()
    {
        var size = _ring[_start].Json.Length;
        _ring[_start] = null!;
        _start = (_start + 1) & (_ring.Length - 1);
        _count--;
        Bytes -= size;
        budget.Add(-size);
    }

    private void Grow()
    {
        // A power of two, so that the place in the ring is a mask away.
        var larger = new Message[Math.Max(8, _ring.Length * 2)];
        for (var i = 0; i < _count; i++)
            larger[i] = _ring[(_start + i) & (_ring.Length - 1)];
        _ring = larger;
        _start = 0;
    }
}

/// <summary>The newest signals of a channel, numbered. Whoever was busy for longer than it holds misses some: signals are delivered at most once.</summary>
internal sealed class SignalRing
{
    internal const int Capacity = 32;

    private Signal[]? _ring;
    private long _head;

    internal long Head => Volatile.Read(ref _head);

    internal void Add(Signal signal)
    {
        _ring ??= new Signal[Capacity];
        _ring[_head % Capacity] = signal;
        Volatile.Write(ref _head, _head + 1);
    }

    internal long Read(long after, List<Signal> output)
    {
        for (var number = Math.Max(after, _head - Capacity); number < _head; number++)
            output.Add(_ring![number % Capacity]);
        return _head;
    }
}
