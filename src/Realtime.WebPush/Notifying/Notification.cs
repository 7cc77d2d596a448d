using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Realtime.Channels;
using Realtime.WebPush.Encryption;

namespace Realtime.WebPush.Notifying;

/// <summary>What a push tells: the newest message of a channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Offset">The message's offset.</param>
/// <param name="Type">The message's type.</param>
/// <param name="Data">The message's data as JSON; empty where it is too large for a push.</param>
internal sealed record Notification(ChannelName Channel, long Offset, string Type, ReadOnlyMemory<byte> Data)
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Of a message. Large data is not held on to: thousands of notifications may wait.</summary>
    internal static Notification Of(Message message) => new(
        message.Channel, message.Offset, message.Type, message.Data.Length <= MessageEncryption.MaxContentLength ? message.Data : default);

    /// <summary>The content of the push as JSON; without the data where that is asked, or where it would be too large.</summary>
    /// <param name="unread">How many messages the user has not read.</param>
    /// <param name="withData">Whether the data is to be in it.</param>
    internal byte[] ToContent(long unread, bool withData)
    {
        var content = Write(unread, withData && !Data.IsEmpty);
        return content.Length <= MessageEncryption.MaxContentLength ? content : Write(unread, withData: false);
    }

    private byte[] Write(long unread, bool withData)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("channel"u8, Channel.Value);
        json.WriteNumber("offset"u8, Offset);
        json.WriteNumber("unread"u8, unread);
        json.WriteString("type"u8, Type);
        if (withData)
        {
            json.WritePropertyName("data"u8);
            json.WriteRawValue(Data.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
