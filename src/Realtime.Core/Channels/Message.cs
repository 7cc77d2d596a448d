using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Realtime.Channels;

/// <summary>One message of a channel's log, encoded once in the shape that every transport carries. Immutable and safe to share.</summary>
public sealed class Message
{
    /// <summary>The type of a message whose publisher names none.</summary>
    public const string DefaultType = "message";

    /// <summary>The type of a message that was deleted: it keeps its place, id, user and time, and its data is null.</summary>
    public const string DeletedType = "deleted";

    private readonly int _dataStart;
    private object? _messagePack;

    private Message(MessageDraft draft, long offset, byte[] json, int dataStart)
    {
        Channel = draft.Channel;
        Offset = offset;
        Id = draft.Id;
        Type = draft.Type;
        User = draft.User;
        Time = draft.Time;
        Json = json;
        _dataStart = dataStart;
    }

    /// <summary>The channel.</summary>
    public ChannelName Channel { get; }

    /// <summary>The place in the channel: 1, 2, 3 … contiguous.</summary>
    public long Offset { get; }

    /// <summary>The publisher's id, or the server's.</summary>
    public string Id { get; }

    /// <summary>The message's type.</summary>
    public string Type { get; }

    /// <summary>Who published it, as authenticated.</summary>
    public string User { get; }

    /// <summary>When the server accepted it, UTC, in whole milliseconds.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>The whole message as a JSON object in UTF-8, on one line.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>The publisher's value as JSON in UTF-8, without insignificant white space.</summary>
    public ReadOnlyMemory<byte> Data => Json[_dataStart..^1];

    /// <summary>Builds the message that a store made of <paramref name="draft"/> at <paramref name="offset"/>.</summary>
    public static Message Create(MessageDraft draft, long offset)
    {
        ArgumentNullException.ThrowIfNull(draft);
        var buffer = new ArrayBufferWriter<byte>(160 + draft.Data.Length);
        MessageJson.WriteHead(buffer, draft.Channel, offset, draft.Id, draft.Type, draft.User, draft.Time);
        var dataStart = buffer.WrittenCount;
        buffer.Write(draft.Data.Span);
        buffer.Write("}"u8);
        return new Message(draft, offset, buffer.WrittenSpan.ToArray(), dataStart);
    }

    /// <summary>The message that stands where this one was deleted.</summary>
    public Message ToDeleted() => Create(new MessageDraft(Channel, Id, DeletedType, User, Time, "null"u8.ToArray()), Offset);

    /// <summary>The message in another wire format, encoded by the first who asks and kept with the message.</summary>
    /// <param name="encode">Encodes it; always the same function.</param>
    public ReadOnlyMemory<byte> MessagePack(Func<Message, byte[]> encode)
    {
        ArgumentNullException.ThrowIfNull(encode);
        return (byte[])(_messagePack ??= encode(this));
    }
}

/// <summary>A message on its way into the log: all but its offset.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Id">Unique in the channel for the deduplication window.</param>
/// <param name="Type">The message's type.</param>
/// <param name="User">Who publishes it.</param>
/// <param name="Time">When the server accepted it, in whole milliseconds.</param>
/// <param name="Data">Valid JSON in UTF-8, without insignificant white space.</param>
public sealed record MessageDraft(
    ChannelName Channel, string Id, string Type, string User, DateTimeOffset Time, ReadOnlyMemory<byte> Data);

/// <summary>A message that is not stored: delivered at most once, to whoever is connected.</summary>
public sealed class Signal
{
    private object? _messagePack;

    /// <summary>Encodes a signal.</summary>
    /// <param name="draft">What it says.</param>
    public Signal(MessageDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        Draft = draft;
        var buffer = new ArrayBufferWriter<byte>(128 + draft.Data.Length);
        MessageJson.WriteHead(buffer, draft.Channel, 0, draft.Id, draft.Type, draft.User, draft.Time);
        buffer.Write(draft.Data.Span);
        buffer.Write("}"u8);
        Json = buffer.WrittenSpan.ToArray();
    }

    /// <summary>What it says.</summary>
    public MessageDraft Draft { get; }

    /// <summary>A user who is not to get it, because it tells of that user; null for none.</summary>
    internal string? NotFor { get; init; }

    /// <summary>The whole signal as a JSON object in UTF-8, on one line.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <inheritdoc cref="Message.MessagePack"/>
    public ReadOnlyMemory<byte> MessagePack(Func<Signal, byte[]> encode)
    {
        ArgumentNullException.ThrowIfNull(encode);
        return (byte[])(_messagePack ??= encode(this));
    }
}

internal static class MessageJson
{
    /// <summary>Writes everything up to the value of <c>data</c>. Offset 0 stands for a signal, which has none.</summary>
    internal static void WriteHead(
        IBufferWriter<byte> output, ChannelName channel, long offset, string id, string type, string user, DateTimeOffset time)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions
        {
            SkipValidation = true,
            // Only user names can hold characters outside the name alphabet; the document is JSON, never HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });
        json.WriteStartObject();
        json.WriteString("channel"u8, channel.Value);
        if (offset > 0)
            json.WriteNumber("offset"u8, offset);
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, type);
        json.WriteString("user"u8, user);
        Span<byte> text = stackalloc byte[MessageTime.TextLength];
        MessageTime.Format(time, text);
        json.WriteString("time"u8, text);
        json.WritePropertyName("data"u8);
        json.Flush();
    }
}
