using System.Text.Json;
using System.Text.Json.Serialization;

namespace Realtime.Client;

/// <summary>The JSON of the protocol.</summary>
internal static class Wire
{
    // Around the deepest data, 64, are the message, its list and the answer.
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        MaxDepth = 128,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    internal static ReceivedMessage AsItem(MessageGap gap) => new() { Channel = gap.Channel, Gap = gap };
}

internal sealed record PublishJson(JsonElement Data, string Id, string? Type, string? Channel = null);

internal sealed record BatchJson(IReadOnlyList<PublishJson> Messages);

internal sealed record BatchAnswerJson(IReadOnlyList<JsonElement> Results);

internal sealed record SignalJson(string Type, JsonElement? Data);

internal sealed record ReadJson(IReadOnlyList<string> Channels, string? Cursor, int? Wait, int? Limit);

/// <summary>The answer to a poll, and the frames of a WebSocket, which have one of these members each.</summary>
internal sealed record PollJson(
    string? Cursor, IReadOnlyList<ReceivedMessage>? Messages, IReadOnlyList<ReceivedMessage>? Signals, IReadOnlyList<MessageGap>? Gaps, double? PollAfter);

internal sealed record FrameJson(
    string? Cursor, IReadOnlyList<ReceivedMessage>? Messages, ReceivedMessage? Signal, MessageGap? Gap, string? Ping, DrainJson? Drain, AckJson? Ack, JsonElement? Error);

internal sealed record DrainJson(double After);

internal sealed record AckJson(long Ref, string? Cursor);
