using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>The signals by which readers hear who comes and goes.</summary>
public static class PresenceSignal
{
    /// <summary>Their type, which clients can't signal themselves.</summary>
    public const string Type = "presence";

    internal static Signal Join(ChannelName channel, string user, int count, DateTimeOffset now) => Create(channel, user, "join", count, now);

    internal static Signal Leave(ChannelName channel, string user, int count, DateTimeOffset now) => Create(channel, user, "leave", count, now);

    /// <summary>Takes the place of joins and leaves that are too many to be told one by one.</summary>
    internal static Signal Count(ChannelName channel, int count, DateTimeOffset now) => Create(channel, null, "count", count, now);

    private static Signal Create(ChannelName channel, string? user, string what, int count, DateTimeOffset now)
    {
        var data = new ArrayBufferWriter<byte>(96);
        // Never read as HTML, so nothing but JSON's own characters needs an escape.
        using (var json = new Utf8JsonWriter(data, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (user is not null)
                json.WriteString("user"u8, user);
            json.WriteString("event"u8, what);
            json.WriteNumber("count"u8, count);
            json.WriteEndObject();
        }

        var time = MessageTime.Truncate(now);
        return new Signal(new MessageDraft(channel, Guid.CreateVersion7(time).ToString("N"), Type, user ?? "", time, data.WrittenMemory)) { NotFor = user };
    }
}
