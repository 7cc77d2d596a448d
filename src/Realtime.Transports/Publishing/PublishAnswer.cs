using System.Text.Json;
using Realtime.Channels;
using Realtime.Publishing;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Publishing;

/// <summary>Puts the result of a publish on the wire, the same for HTTP, WebSocket and hub.</summary>
internal static class PublishAnswer
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>What is wrong with a result; null when the message is in the log.</summary>
    internal static Problem? ProblemOf(PublishRequest request, PublishResult result) => result.Outcome switch
    {
        PublishOutcome.Conflict => Problem.IdConflict(request.Channel.Value, request.Id!),
        PublishOutcome.Overloaded => Problem.Overloaded("The server can't take the message now; publish it again with the same id.", RetryAfter),
        _ => null,
    };

    /// <summary>Writes the members of the answer into an object that the caller has begun.</summary>
    internal static void WriteMembers(Utf8JsonWriter json, PublishResult result)
    {
        var message = result.Message!;
        json.WriteString("channel"u8, message.Channel.Value);
        json.WriteString("epoch"u8, result.Epoch.ToString());
        json.WriteNumber("offset"u8, message.Offset);
        json.WriteString("id"u8, message.Id);
        json.WriteString("time"u8, MessageTime.ToText(message.Time));
    }
}
