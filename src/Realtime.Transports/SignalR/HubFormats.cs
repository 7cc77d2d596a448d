using System.Buffers;
using System.Text;
using MessagePack;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Transports.Reading;

namespace Realtime.Transports.SignalR;

/// <summary>
/// Invocations of SignalR's JSON hub protocol: an object with type 1, ended by the record separator
/// (<see href="https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md">HubProtocol.md</see>).
/// </summary>
internal sealed class HubJsonFormat : WireFormat
{
    internal static readonly HubJsonFormat Instance = new();

    public override void WriteMessages(IBufferWriter<byte> output, ReadOnlySpan<Delivery.Delivery> batch, CursorBuilder cursor)
    {
        output.Write("{\"type\":1,\"target\":\"messages\",\"arguments\":[["u8);
        BatchJson.Write(output, batch, cursor);
        output.Write("],\""u8);
        cursor.WriteTo(output);
        output.Write("\"]}\x1e"u8);
    }

    public override void WriteSignal(IBufferWriter<byte> output, Signal signal)
    {
        output.Write("{\"type\":1,\"target\":\"signal\",\"arguments\":["u8);
        output.Write(signal.Json.Span);
        output.Write("]}\x1e"u8);
    }

    public override void WriteGap(IBufferWriter<byte> output, Gap gap)
    {
        output.Write("{\"type\":1,\"target\":\"gap\",\"arguments\":["u8);
        output.Write(GapJson.Encode(gap));
        output.Write("]}\x1e"u8);
    }

    /// <remarks>SignalR pings by itself.</remarks>
    public override void WritePing(IBufferWriter<byte> output, DateTimeOffset now)
    {
    }

    public override void WriteDrain(IBufferWriter<byte> output, TimeSpan after) => Encoding.UTF8.GetBytes(
        FormattableString.Invariant($"{{\"type\":1,\"target\":\"drain\",\"arguments\":[{{\"after\":{(long)after.TotalMilliseconds}}}]}}\x1e").AsSpan(), output);
}

/// <summary>
/// Invocations of SignalR's MessagePack hub protocol: an array <c>[1, headers, invocation id, target, arguments]</c> after its length as a varint.
/// </summary>
internal sealed class HubMessagePackFormat : WireFormat
{
    internal static readonly HubMessagePackFormat Instance = new();

    public override int MaxHeaderLength => 5;

    public override int WriteHeader(Span<byte> header, int payloadLength)
    {
        var used = 0;
        var length = (uint)payloadLength;
        for (; length >= 0x80; length >>= 7)
            header[used++] = (byte)(length | 0x80);
        header[used++] = (byte)length;
        return used;
    }

    public override void WriteMessages(IBufferWriter<byte> output, ReadOnlySpan<Delivery.Delivery> batch, CursorBuilder cursor)
    {
        var writer = Begin(output, "messages", 2);
        writer.WriteArrayHeader(batch.Length);
        foreach (var delivery in batch)
        {
            writer.WriteRaw(delivery.Message.MessagePack(JsonToMessagePack.Encode).Span);
            cursor.Advance(delivery.Entry, delivery.Message.Offset);
        }

        writer.Write(cursor.ToString());
        writer.Flush();
    }

    public override void WriteSignal(IBufferWriter<byte> output, Signal signal)
    {
        var writer = Begin(output, "signal", 1);
        writer.WriteRaw(signal.MessagePack(JsonToMessagePack.Encode).Span);
        writer.Flush();
    }

    public override void WriteGap(IBufferWriter<byte> output, Gap gap)
    {
        var writer = Begin(output, "gap", 1);
        writer.WriteMapHeader(6);
        writer.Write("channel");
        writer.Write(gap.Channel.Value);
        writer.Write("epoch");
        writer.Write(gap.Epoch.ToString());
        writer.Write("requested");
        writer.Write(gap.Requested);
        writer.Write("first");
        writer.Write(gap.First);
        writer.Write("head");
        writer.Write(gap.Head);
        writer.Write("reason");
        writer.Write(GapJson.ReasonText(gap));
        writer.Flush();
    }

    /// <remarks>SignalR pings by itself.</remarks>
    public override void WritePing(IBufferWriter<byte> output, DateTimeOffset now)
    {
    }

    public override void WriteDrain(IBufferWriter<byte> output, TimeSpan after)
    {
        var writer = Begin(output, "drain", 1);
        writer.WriteMapHeader(1);
        writer.Write("after");
        writer.Write((long)after.TotalMilliseconds);
        writer.Flush();
    }

    private static MessagePackWriter Begin(IBufferWriter<byte> output, string target, int arguments)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(5);
        writer.Write(1);
        writer.WriteMapHeader(0);
        writer.WriteNil();
        writer.Write(target);
        writer.WriteArrayHeader(arguments);
        return writer;
    }
}
