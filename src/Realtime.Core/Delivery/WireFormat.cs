using System.Buffers;
using Realtime.Channels;
using Realtime.Sessions;

namespace Realtime.Delivery;

/// <summary>One message on its way to a reader.</summary>
/// <param name="Message">The message.</param>
/// <param name="Entry">The place of its channel in the reader's cursor.</param>
public readonly record struct Delivery(Message Message, int Entry);

/// <summary>How one transport puts messages on the wire. One object for each format; it has no state of any reader.</summary>
public abstract class WireFormat
{
    /// <summary>Greetings, pings and acknowledgements fit in it.</summary>
    private const int SingleFrameCapacity = 256;

    private static int _formats;

    /// <summary>Creates a format; there are a handful in a process.</summary>
    protected WireFormat() => Index = Interlocked.Increment(ref _formats) - 1;

    /// <summary>The number of the format, from 0, for tables by format.</summary>
    public int Index { get; }

    /// <summary>The most bytes that precede a payload.</summary>
    public virtual int MaxHeaderLength => 0;

    /// <summary>Writes what precedes a payload of the given length.</summary>
    /// <returns>The bytes used of <paramref name="header"/>.</returns>
    public virtual int WriteHeader(Span<byte> header, int payloadLength) => 0;

    /// <summary>Whether every message of a batch carries the cursor after it, and not only the batch.</summary>
    public virtual bool RepeatsCursor => false;

    /// <summary>What follows a payload; only formats with a header have it.</summary>
    public virtual ReadOnlySpan<byte> Trailer => default;

    /// <summary>Writes messages and the cursor after them. Advances <paramref name="cursor"/> over each.</summary>
    /// <param name="output">Receives the payload.</param>
    /// <param name="batch">The messages; may be empty only where the transport begins with its cursor.</param>
    /// <param name="cursor">The reader's cursor before the batch, and after the call behind it.</param>
    public abstract void WriteMessages(IBufferWriter<byte> output, ReadOnlySpan<Delivery> batch, CursorBuilder cursor);

    /// <summary>Writes a signal.</summary>
    public abstract void WriteSignal(IBufferWriter<byte> output, Signal signal);

    /// <summary>Writes a gap.</summary>
    public abstract void WriteGap(IBufferWriter<byte> output, Gap gap);

    /// <summary>Writes a ping that scripts can see; nothing where the transport has pings of its own.</summary>
    public abstract void WritePing(IBufferWriter<byte> output, DateTimeOffset now);

    /// <summary>Writes the advice to come back after a while.</summary>
    public abstract void WriteDrain(IBufferWriter<byte> output, TimeSpan after);

    /// <summary>Writes one payload with its header into <paramref name="buffer"/>.</summary>
    internal void Write<TState>(FrameBuffer buffer, TState state, Action<WireFormat, IBufferWriter<byte>, TState> write)
    {
        buffer.BeginFrame(MaxHeaderLength);
        write(this, buffer, state);
        buffer.EndFrame(this);
    }

    /// <summary>Encodes one payload as a frame of its own.</summary>
    public Frame Encode<TState>(TState state, Action<WireFormat, IBufferWriter<byte>, TState> write)
    {
        var buffer = new FrameBuffer(SingleFrameCapacity);
        Write(buffer, state, write);
        return new Frame(buffer.Written.ToArray());
    }
}
