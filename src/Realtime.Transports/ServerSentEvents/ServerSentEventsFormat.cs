using System.Buffers;
using System.Globalization;
using System.Text;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Transports.Reading;

namespace Realtime.Transports.ServerSentEvents;

/// <summary>
/// <c>text/event-stream</c> as the HTML standard defines it (§9.2). Every message is an event with the cursor after it as <c>id</c>, and nothing else has an
/// <c>id</c>, so that a native EventSource always resumes after the last message it saw. All data is JSON on one line.
/// </summary>
internal class ServerSentEventsFormat : WireFormat
{
    internal static readonly ServerSentEventsFormat Instance = new();

    public override bool RepeatsCursor => true;

    public override void WriteMessages(IBufferWriter<byte> output, ReadOnlySpan<Delivery.Delivery> batch, CursorBuilder cursor)
    {
        foreach (var delivery in batch)
        {
            cursor.Advance(delivery.Entry, delivery.Message.Offset);
            output.Write("event: message\nid: "u8);
            cursor.WriteTo(output);
            output.Write("\ndata: "u8);
            output.Write(delivery.Message.Json.Span);
            output.Write("\n\n"u8);
        }
    }

    /// <summary>The beginning of a stream: when to come back, and the first of the two early events.</summary>
    internal static void WriteReady(IBufferWriter<byte> output, TimeSpan retry, CursorBuilder cursor)
    {
        Write(output, string.Create(CultureInfo.InvariantCulture, $"retry: {(long)retry.TotalMilliseconds}\nevent: ready\ndata: {{\"cursor\":\""));
        cursor.WriteTo(output);
        output.Write("\"}\n\n"u8);
    }

    public override void WriteSignal(IBufferWriter<byte> output, Signal signal)
    {
        output.Write("event: signal\ndata: "u8);
        output.Write(signal.Json.Span);
        output.Write("\n\n"u8);
    }

    public override void WriteGap(IBufferWriter<byte> output, Gap gap)
    {
        output.Write("event: gap\ndata: "u8);
        output.Write(GapJson.Encode(gap));
        output.Write("\n\n"u8);
    }

    public override void WritePing(IBufferWriter<byte> output, DateTimeOffset now) =>
        Write(output, $"event: ping\ndata: \"{MessageTime.ToText(now)}\"\n\n");

    // With retry, a native EventSource keeps to the advice too.
    public override void WriteDrain(IBufferWriter<byte> output, TimeSpan after) => Write(output, string.Create(
        CultureInfo.InvariantCulture, $"retry: {(long)after.TotalMilliseconds}\nevent: drain\ndata: {{\"after\":{(long)after.TotalMilliseconds}}}\n\n"));

    private static void Write(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);
}

/// <summary>The same, each payload as a chunk of an HTTP/1.1 response (RFC 9112 §7.1), for connections whose socket is written directly.</summary>
internal sealed class ChunkedServerSentEventsFormat : ServerSentEventsFormat
{
    internal static new readonly ChunkedServerSentEventsFormat Instance = new();

    /// <summary>Eight hexadecimal digits and a line end.</summary>
    public override int MaxHeaderLength => 10;

    public override ReadOnlySpan<byte> Trailer => "\r\n"u8;

    public override int WriteHeader(Span<byte> header, int payloadLength)
    {
        payloadLength.TryFormat(header, out var used, "x", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(header[used..]);
        return used + 2;
    }
}
