using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using MessagePack;
using MessagePack.Formatters;

namespace Realtime.Transports.SignalR;

/// <summary>Reads the native value that a MessagePack client sends as the JSON value that it stands for.</summary>
internal sealed class JsonElementFormatter : IMessagePackFormatter<JsonElement>
{
    /// <summary>The data's own limit is checked later, with its own message; this one keeps the stack safe.</summary>
    private const int MaxDepth = 256;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    public JsonElement Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
            Copy(ref reader, json, 0);
        using var document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = MaxDepth });
        return document.RootElement.Clone();
    }

    public void Serialize(ref MessagePackWriter writer, JsonElement value, MessagePackSerializerOptions options) =>
        throw new NotSupportedException("JSON values come from clients only.");

    private static void Copy(ref MessagePackReader reader, Utf8JsonWriter json, int depth)
    {
        if (depth >= MaxDepth)
            throw new MessagePackSerializationException("The value is nested too deep.");
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Map:
                CopyMap(ref reader, json, depth);
                break;
            case MessagePackType.Array:
                json.WriteStartArray();
                for (var left = reader.ReadArrayHeader(); left > 0; left--)
                    Copy(ref reader, json, depth + 1);
                json.WriteEndArray();
                break;
            case MessagePackType.String:
                json.WriteStringValue(reader.ReadString());
                break;
            case MessagePackType.Integer:
                CopyInteger(ref reader, json);
                break;
            case MessagePackType.Float:
                CopyFloat(ref reader, json);
                break;
            case MessagePackType.Boolean:
                json.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Nil:
                reader.ReadNil();
                json.WriteNullValue();
                break;
            default:
                throw new MessagePackSerializationException("Binary and extension values have no JSON form.");
        }
    }

    private static void CopyMap(ref MessagePackReader reader, Utf8JsonWriter json, int depth)
    {
        json.WriteStartObject();
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            if (reader.NextMessagePackType != MessagePackType.String)
                throw new MessagePackSerializationException("The names of a map must be texts.");
            json.WritePropertyName(reader.ReadString()!);
            Copy(ref reader, json, depth + 1);
        }

        json.WriteEndObject();
    }

    private static void CopyInteger(ref MessagePackReader reader, Utf8JsonWriter json)
    {
        if (reader.NextCode == MessagePackCode.UInt64)
            json.WriteNumberValue(reader.ReadUInt64());
        else
            json.WriteNumberValue(reader.ReadInt64());
    }

    private static void CopyFloat(ref MessagePackReader reader, Utf8JsonWriter json)
    {
        var value = reader.ReadDouble();
        if (!double.IsFinite(value))
            throw new MessagePackSerializationException("Infinities and NaN have no JSON form.");
        json.WriteNumberValue(value);
    }
}
