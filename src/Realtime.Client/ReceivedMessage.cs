using System.Text.Json;
using System.Text.Json.Serialization;

namespace Realtime.Client;

/// <summary>What an item of a subscription is.</summary>
public enum ReceivedKind
{
    /// <summary>A message of the channel's log, with its offset.</summary>
    Message,

    /// <summary>A message that is not stored: delivered at most once, to whoever is connected.</summary>
    Signal,

    /// <summary>Messages of the channel can't be had any more; <see cref="ReceivedMessage.Gap"/> says which. Comes before the messages that follow it.</summary>
    Gap,
}

/// <summary>An item of a subscription: a message, a signal, or the notice of a gap.</summary>
public sealed record ReceivedMessage
{
    /// <summary>What it is. Look at it first where the channel may have gaps or signals.</summary>
    [JsonIgnore]
    public ReceivedKind Kind => Gap is not null ? ReceivedKind.Gap : Offset > 0 ? ReceivedKind.Message : ReceivedKind.Signal;

    /// <summary>The channel.</summary>
    public required string Channel { get; init; }

    /// <summary>The message's place in its channel: 1, 2, 3 …; 0 for signals and gaps.</summary>
    public long Offset { get; init; }

    /// <summary>The publisher's id, unique in the channel for the server's deduplication window; empty for gaps.</summary>
    public string Id { get; init; } = "";

    /// <summary>The type, <c>message</c> unless the publisher said otherwise; empty for gaps.</summary>
    public string Type { get; init; } = "";

    /// <summary>Who published it, as the server authenticated them; empty for gaps.</summary>
    public string User { get; init; } = "";

    /// <summary>When the server accepted it, UTC, in milliseconds.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The content as it came; of kind <see cref="JsonValueKind.Undefined"/> for gaps and signals without one.</summary>
    public JsonElement Data { get; init; }

    /// <summary>What is missing; null for messages and signals.</summary>
    [JsonIgnore]
    public MessageGap? Gap { get; init; }

    /// <summary>
    /// Where to resume once this item has been handled, in a later process and on any transport. Items that came together share the cursor before them but
    /// for the last, so a process that dies among them reads some again, and never misses one. Null in pages of history.
    /// </summary>
    [JsonIgnore]
    public string? Cursor { get; init; }

    /// <summary>The content as a type of one's own.</summary>
    /// <param name="options">How to read it; <see cref="JsonSerializerOptions.Web"/> by default.</param>
    /// <exception cref="JsonException">The content has another form.</exception>
    public T? GetData<T>(JsonSerializerOptions? options = null) => Data.Deserialize<T>(options ?? JsonSerializerOptions.Web);
}

/// <summary>Messages that can't be had any more. Reading goes on at <paramref name="First"/>.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Epoch">The channel's present epoch.</param>
/// <param name="Requested">The first offset that is missing.</param>
/// <param name="First">The offset at which reading goes on.</param>
/// <param name="Head">The last offset of the channel when the gap was told.</param>
/// <param name="Reason"><c>trimmed</c>: retention removed them; <c>epoch</c>: the log was lost or cleared and began anew.</param>
public sealed record MessageGap(string Channel, string Epoch, long Requested, long First, long Head, string Reason);
