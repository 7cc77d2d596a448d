using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Transports.Reading;

namespace Realtime.Transports.WebSockets;

/// <summary>Text frames of JSON with their WebSocket header. A server's frames are not masked (RFC 6455 §5.1), so one frame serves all readers.</summary>
internal sealed class WebSocketFormat : WireFormat
{
    internal const byte Text = 0x1;
    internal const byte Close = 0x8;

    internal static readonly WebSocketFormat Instance = new();

    private const byte Final = 0x80;

    public override int MaxHeaderLength => 10;

    public override int WriteHeader(Span<byte> header, int payloadLength) => WriteHeader(header, Text, payloadLength);

    /// <summary>RFC 6455 §5.2: one byte of flags and opcode, then the length in 7, 16 or 64 bits.</summary>
    internal static int WriteHeader(Span<byte> header, byte opcode, int payloadLength)
    {
        header[0] = (byte)(Final | opcode);
        switch (payloadLength)
        {
            case <= 125:
                header[1] = (byte)payloadLength;
                return 2;
            case <= ushort.MaxValue:
                header[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)payloadLength);
                return 4;
            default:
                header[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)payloadLength);
                return 10;
        }
    }

    public override void WriteMessages(IBufferWriter<byte> output, ReadOnlySpan<Delivery.Delivery> batch, CursorBuilder cursor)
    {
        output.Write("{\"messages\":["u8);
        BatchJson.Write(output, batch, cursor);
        output.Write("],\"cursor\":\""u8);
        cursor.WriteTo(output);
        output.Write("\"}"u8);
    }

    public override void WriteSignal(IBufferWriter<byte> output, Signal signal)
    {
        output.Write("{\"signal\":"u8);
        output.Write(signal.Json.Span);
        output.Write("}"u8);
    }

    public override void WriteGap(IBufferWriter<byte> output, Gap gap)
    {
        output.Write("{\"gap\":"u8);
        output.Write(GapJson.Encode(gap));
        output.Write("}"u8);
    }

    public override void WritePing(IBufferWriter<byte> output, DateTimeOffset now)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("ping"u8, MessageTime.ToText(now));
        json.WriteEndObject();
    }

    public override void WriteDrain(IBufferWriter<byte> output, TimeSpan after)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("drain"u8);
        json.WriteNumber("after"u8, (long)after.TotalMilliseconds);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A close frame (RFC 6455 §5.5.1): the code and a reason in UTF-8.</summary>
    internal static byte[] CloseFrame(CloseReason reason)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(reason.Name);
        var frame = new byte[4 + name.Length];
        WriteHeader(frame, Close, 2 + name.Length);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)reason.Code);
        name.CopyTo(frame, 4);
        return frame;
    }
}
