using Realtime.Channels;

namespace Realtime.Stores;

/// <summary>One channel of <see cref="InMemoryMessageStore"/>. Not safe for concurrent use: the store's lock guards it.</summary>
/// <remarks>
/// It holds more than it shows: messages before <see cref="_first"/> are trimmed, and stay only so that their ids are recognised.
/// </remarks>
internal sealed class MemoryChannel(ChannelName name, Epoch epoch, RetentionRule rule)
{
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal);

    /// <summary>A ring whose length is a power of two: the message with offset n is at n modulo the length.</summary>
    private Message?[] _ring = new Message?[8];

    /// <summary>The offset of the oldest message that is held at all.</summary>
    private long _oldest = 1;

    private long _first = 1;
    private long _head;

    internal ChannelName Name => name;

    internal RetentionRule Rule => rule;

    internal ChannelState State => new(epoch, _first, _head);

    internal Message Append(MessageDraft draft, out bool isDuplicate)
    {
        isDuplicate = _offsets.TryGetValue(draft.Id, out var known);
        if (isDuplicate)
            return At(known);

        var message = Message.Create(draft, _head + 1);
        _offsets.Add(draft.Id, message.Offset);
        if (_head + 1 - _oldest == _ring.Length)
            Resize(_ring.Length * 2);
        _head++;
        _ring[Slot(_head)] = message;
        _first = Math.Max(_first, _head - rule.MaxMessages + 1);
        return message;
    }

    internal Message[] Read(long after, int limit)
    {
        var start = Math.Min(after, _head) + 1;
        return Between(start, Math.Max(start, _first) + limit - 1);
    }

    /// <summary>The retained messages from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    internal Message[] Between(long first, long last)
    {
        var start = Math.Max(first, _first);
        var messages = new Message[Math.Max(0, Math.Min(last, _head) - start + 1)];
        for (var i = 0; i < messages.Length; i++)
            messages[i] = At(start + i);
        return messages;
    }

    /// <returns>What is in its place now; null where no retained message has the id, or it is deleted already.</returns>
    internal Message? Delete(string id)
    {
        if (!_offsets.TryGetValue(id, out var offset) || offset < _first || At(offset).Type == Message.DeletedType)
            return null;
        return _ring[Slot(offset)] = At(offset).ToDeleted();
    }

    /// <summary>The first retained offset whose message is of <paramref name="since"/> or later: times do not decrease.</summary>
    internal long Find(DateTimeOffset since)
    {
        var (low, high) = (_first, _head + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (At(middle).Time < since)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <returns>Whether there was anything to trim.</returns>
    internal bool TrimOlderThan(DateTimeOffset time)
    {
        var first = Find(time);
        var moves = first > _first;
        _first = first;
        return moves;
    }

    /// <summary>Drops trimmed messages from before <paramref name="time"/>, and their ids.</summary>
    /// <returns>How many were dropped; <paramref name="limit"/> says that there may be more.</returns>
    internal int Forget(DateTimeOffset time, int limit)
    {
        var dropped = 0;
        for (; dropped < limit && _oldest < _first && At(_oldest).Time < time; dropped++)
        {
            _offsets.Remove(At(_oldest).Id);
            _ring[Slot(_oldest)] = null;
            _oldest++;
        }

        // A burst must not hold its memory for good.
        var held = _head - _oldest + 1;
        if (dropped > 0 && _ring.Length > 8 && held < _ring.Length / 4)
        {
            Resize(_ring.Length / 2);
            _offsets.TrimExcess();
        }

        return dropped;
    }

    private void Resize(int length)
    {
        var ring = new Message?[length];
        for (var offset = _oldest; offset <= _head; offset++)
            ring[offset & (length - 1)] = At(offset);
        _ring = ring;
    }

    private Message At(long offset) => _ring[Slot(offset)]!;

    private long Slot(long offset) => offset & (_ring.Length - 1);
}
