using System.Buffers;

namespace Realtime.Delivery;

/// <summary>Bytes ready for the wire, in one wire format. A frame that many readers get is the same object for all of them.</summary>
/// <param name="bytes">What is written, as it is.</param>
public sealed class Frame(ReadOnlyMemory<byte> bytes)
{
    /// <summary>What is written, as it is.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>A place for a transport to keep what it made of the bytes, so that it makes it once.</summary>
    public object? TransportState { get; set; }
}

/// <summary>A growing buffer with room in front for a header whose length depends on what follows. Reused; not safe for concurrent use.</summary>
public sealed class FrameBuffer(int capacity = FrameBuffer.DefaultCapacity) : IBufferWriter<byte>
{
    private const int DefaultCapacity = 4096;

    /// <summary>The least room that is made at once: a cursor of one channel and what is around it fits.</summary>
    private const int MinGrowth = 64;

    private byte[] _bytes = new byte[capacity];
    private int _start;
    private int _length;

    /// <summary>How many bytes the frames hold that were finished since <see cref="Clear"/>, and the one under way.</summary>
    public int Length => _length;

    /// <summary>Forgets what was written.</summary>
    public void Clear() => _start = _length = 0;

    /// <summary>Begins a frame whose header takes at most <paramref name="headerRoom"/> bytes.</summary>
    public void BeginFrame(int headerRoom)
    {
        _start = _length;
        Ensure(headerRoom);
        _length += headerRoom;
    }

    /// <summary>Ends the frame begun last: puts the header right before what was written since.</summary>
    /// <param name="format">Knows the header.</param>
    public void EndFrame(WireFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        var room = format.MaxHeaderLength;
        if (room == 0)
            return;
        var payload = _length - _start - room;
        // Where a format has nothing to say, not even an empty frame may go out: a MessagePack client takes one for a broken message.
        if (payload == 0)
        {
            _length = _start;
            return;
        }

        this.Write(format.Trailer);
        Span<byte> header = stackalloc byte[room];
        var used = format.WriteHeader(header, payload);
        header[..used].CopyTo(_bytes.AsSpan(_start));
        if (used < room)
        {
            _bytes.AsSpan(_start + room, payload + format.Trailer.Length).CopyTo(_bytes.AsSpan(_start + used));
            _length -= room - used;
        }
    }

    /// <summary>What was written, without a copy; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Gives the array behind <see cref="Written"/> away and starts a new one.</summary>
    public void Abandon()
    {
        _bytes = new byte[DefaultCapacity];
        Clear();
    }

    /// <inheritdoc/>
    public void Advance(int count) => _length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private void Ensure(int size)
    {
        size = Math.Max(size, MinGrowth);
        if (_bytes.Length - _length < size)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + size));
    }
}
