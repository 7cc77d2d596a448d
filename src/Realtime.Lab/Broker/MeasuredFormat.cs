using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;

namespace Realtime.Lab.Broker;

/// <summary>A message as the readers of a run see it.</summary>
/// <param name="Channel">The channel's number; -1 for messages that the node says are lost.</param>
/// <param name="Offset">Its offset; how many are lost.</param>
/// <param name="Number">The publisher's number of it in its channel.</param>
/// <param name="Due">When it was to be sent, by <see cref="Loop.LabClock"/>.</param>
internal readonly record struct MeasuredMessage(long Channel, long Offset, long Number, long Due);

/// <summary>A wire format that holds what is measured and nothing else. One object, for formats are counted.</summary>
internal sealed class MeasuredFormat : WireFormat
{
    public static readonly MeasuredFormat Instance = new();

    private const int Length = 4 * sizeof(long);

    private MeasuredFormat()
    {
    }

    public override void WriteMessages(IBufferWriter<byte> output, ReadOnlySpan<Delivery.Delivery> batch, CursorBuilder cursor)
    {
        foreach (var delivery in batch)
        {
            var (channel, number, due) = MeasuredPayload.Read(delivery.Message.Data.Span);
            Write(output, new MeasuredMessage(channel, delivery.Message.Offset, number, due));
            cursor.Advance(delivery.Entry, delivery.Message.Offset);
        }
    }

    public override void WriteGap(IBufferWriter<byte> output, Gap gap) =>
        Write(output, new MeasuredMessage(-1, Math.Max(1, gap.First - gap.Requested), 0, 0));

    public override void WriteSignal(IBufferWriter<byte> output, Signal signal)
    {
    }

    public override void WritePing(IBufferWriter<byte> output, DateTimeOffset now)
    {
    }

    public override void WriteDrain(IBufferWriter<byte> output, TimeSpan after)
    {
    }

    /// <summary>Takes the next message off the front of a frame.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> frame, out MeasuredMessage message)
    {
        message = default;
        if (frame.Length < Length)
            return false;
        message = new MeasuredMessage(At(frame, 0), At(frame, 1), At(frame, 2), At(frame, 3));
        frame = frame[Length..];
        return true;
    }

    private static long At(ReadOnlySpan<byte> frame, int index) => BinaryPrimitives.ReadInt64LittleEndian(frame[(index * sizeof(long))..]);

    private static void Write(IBufferWriter<byte> output, MeasuredMessage message)
    {
        var span = output.GetSpan(Length);
        BinaryPrimitives.WriteInt64LittleEndian(span, message.Channel);
        BinaryPrimitives.WriteInt64LittleEndian(span[8..], message.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(span[16..], message.Number);
        BinaryPrimitives.WriteInt64LittleEndian(span[24..], message.Due);
        output.Advance(Length);
    }
}

/// <summary>The data of the messages of a run: <c>{"c":channel,"n":number,"t":due,"p":"xxx…"}</c>.</summary>
internal static class MeasuredPayload
{
    public static byte[] Write(int channel, long number, long due, int size)
    {
        var head = $"{{\"c\":{channel},\"n\":{number},\"t\":{due},\"p\":\"";
        var data = new byte[Math.Max(size, head.Length + 2)];
        System.Text.Encoding.ASCII.GetBytes(head, data);
        data.AsSpan(head.Length..^2).Fill((byte)'x');
        data[^2] = (byte)'"';
        data[^1] = (byte)'}';
        return data;
    }

    /// <exception cref="FormatException">It is none of a run.</exception>
    public static (long Channel, long Number, long Due) Read(ReadOnlySpan<byte> data)
    {
        var channel = Take(ref data);
        var number = Take(ref data);
        return (channel, number, Take(ref data));
    }

    private static long Take(ref ReadOnlySpan<byte> data)
    {
        var colon = data.IndexOf((byte)':');
        data = data[(colon + 1)..];
        if (colon < 0 || !Utf8Parser.TryParse(data, out long value, out var used))
            throw new FormatException("The data is none that the lab published.");
        data = data[used..];
        return value;
    }
}
