using System.Buffers;
using System.Globalization;
using System.Text;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;

namespace Realtime.Testing.Fakes;

/// <summary>A wire format of JSON lines, which counts how often it encodes messages.</summary>
public sealed class LineFormat : WireFormat
{
    private int _encodings;

    /// <summary>How many batches of messages were encoded.</summary>
    public int Encodings => Volatile.Read(ref _encodings);

    /// <summary>Called with every batch before it is encoded.</summary>
    public Action<Message>? Encoding { get; set; }

    public override void WriteMessages(IBufferWriter<byte> output, ReadOnlySpan<Delivery.Delivery> batch, CursorBuilder cursor)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(cursor);
        Interlocked.Increment(ref _encodings);
        output.Write("{\"messages\":["u8);
        var first = true;
        foreach (var delivery in batch)
        {
            Encoding?.Invoke(delivery.Message);
            if (!first)
                output.Write(","u8);
            first = false;
            output.Write(delivery.Message.Json.Span);
            cursor.Advance(delivery.Entry, delivery.Message.Offset);
        }

        output.Write("],\"cursor\":\""u8);
        cursor.WriteTo(output);
        output.Write("\"}\n"u8);
    }

    public override void WriteSignal(IBufferWriter<byte> output, Signal signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        output.Write("{\"signal\":"u8);
        output.Write(signal.Json.Span);
        output.Write("}\n"u8);
    }

    public override void WriteGap(IBufferWriter<byte> output, Gap gap)
    {
        ArgumentNullException.ThrowIfNull(gap);
        Write(output, string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"gap\":{{\"channel\":\"{gap.Channel}\",\"requested\":{gap.Requested},\"first\":{gap.First},\"head\":{gap.Head},\"reason\":\"{gap.Reason}\"}}}}\n"));
    }

    public override void WritePing(IBufferWriter<byte> output, DateTimeOffset now) => Write(output, $"{{\"ping\":\"{MessageTime.ToText(now)}\"}}\n");

    public override void WriteDrain(IBufferWriter<byte> output, TimeSpan after) =>
        Write(output, string.Create(CultureInfo.InvariantCulture, $"{{\"drain\":{after.TotalMilliseconds}}}\n"));

    private static void Write(IBufferWriter<byte> output, string text) => System.Text.Encoding.UTF8.GetBytes(text, output);
}
