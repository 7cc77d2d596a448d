using Realtime.Channels;

namespace Realtime.Delivery;

/// <summary>
/// The frames that one pump made last for readers of one channel alone in one wire format. Several, because readers that lack much are written it in a
/// row of frames, one reader after the other, and because slow readers stand at places of their own. Belongs to the pump's thread.
/// </summary>
internal sealed class SharedFrames
{
    /// <summary>A full tail is this many writes, and readers that come back one after the other go through all of them; fewer would be made again for each.</summary>
    internal const int Capacity = MessageTail.MaxBytes / DeliveryPump.MaxWriteBytes;

    private readonly SharedFrame[] _frames = new SharedFrame[Capacity];
    private int _newest;

    /// <summary>The frame for a reader at <paramref name="from"/> of a log whose newest offset is <paramref name="head"/>.</summary>
    internal bool TryGet(Position from, long head, out SharedFrame frame)
    {
        for (var age = 0; age < Capacity; age++)
        {
            frame = _frames[(_newest - age) & (Capacity - 1)];
            // One that was as long as a write may be is good for whoever stands there; a shorter one only while nothing came after it.
            if (frame.Frame is not null && frame.From == from && (frame.IsFull || frame.To == head))
                return true;
        }

        frame = default;
        return false;
    }

    internal void Add(SharedFrame frame)
    {
        _newest = (_newest + 1) & (Capacity - 1);
        _frames[_newest] = frame;
    }
}

/// <summary>A frame with the messages after one place up to another.</summary>
/// <param name="From">Where its readers stand.</param>
/// <param name="To">The offset of its last message.</param>
/// <param name="IsFull">Whether more followed that did not fit.</param>
/// <param name="Frame">The frame.</param>
internal readonly record struct SharedFrame(Position From, long To, bool IsFull, Frame Frame);
