using System.Buffers;
using System.Text.Json;
using MessagePack;
using Realtime.Channels;

namespace Realtime.Transports.SignalR;

/// <summary>Messages as MessagePack: names as in JSON, <c>time</c> as text, <c>data</c> the native value.</summary>
internal static class JsonToMessagePack
{
    internal static byte[] Encode(Message message) => Encode(message.Json);

    internal static byte[] Encode(Signal signal) => Encode(signal.Json);

    private static byte[] Encode(ReadOnlyMemory<byte> json)
    {
        // The message around its data adds one level to the deepest data that is taken.
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 128 });
        var buffer = new ArrayBufferWriter<byte>(json.Length);
        var writer = new MessagePackWriter(buffer);
        Write(ref writer, document.RootElement);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(ref MessagePackWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteMapHeader(value.GetPropertyCount());
                foreach (var member in value.EnumerateObject())
                {
                    writer.Write(member.Name);
                    Write(ref writer, member.Value);
                }

                break;
            case JsonValueKind.Array:
                writer.WriteArrayHeader(value.GetArrayLength());
                foreach (var item in value.EnumerateArray())
                    Write(ref writer, item);
                break;
            case JsonValueKind.String:
                writer.Write(value.GetString());
                break;
            case JsonValueKind.Number:
                WriteNumber(ref writer, value);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.Write(value.GetBoolean());
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    /// <summary>Whole numbers that fit 64 bits stay whole; all others become the nearest double, as they would in a browser.</summary>
    private static void WriteNumber(ref MessagePackWriter writer, JsonElement value)
    {
        if (value.TryGetInt64(out var whole))
            writer.Write(whole);
        else if (value.TryGetUInt64(out var large))
            writer.Write(large);
        else
            writer.Write(value.GetDouble());
    }
}
