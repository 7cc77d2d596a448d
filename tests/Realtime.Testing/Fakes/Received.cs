using System.Text;
using System.Text.Json;

namespace Realtime.Testing.Fakes;

/// <summary>What a reader read of one message.</summary>
public readonly record struct ReceivedMessage(string Channel, long Offset, string Id);

/// <summary>One line that a <see cref="MemoryConnection"/> was written.</summary>
/// <param name="Kind"><c>messages</c>, <c>signal</c>, <c>gap</c>, <c>ping</c>, <c>drain</c>, or whatever a test wrote.</param>
/// <param name="Body">The whole line.</param>
/// <param name="Messages">The messages; empty for other kinds.</param>
/// <param name="Cursor">The cursor after them; null for other kinds.</param>
public sealed record Received(string Kind, JsonElement Body, IReadOnlyList<ReceivedMessage> Messages, string? Cursor)
{
    /// <summary>Reads the lines of a frame.</summary>
    internal static IEnumerable<Received> Parse(ReadOnlySpan<byte> bytes)
    {
        var lines = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(ParseLine)];
    }

    private static Received ParseLine(string line)
    {
        var body = JsonSerializer.Deserialize<JsonElement>(line);
        var kind = body.EnumerateObject().First().Name;
        if (kind != "messages")
            return new Received(kind, body, [], null);
        var messages = body.GetProperty("messages").EnumerateArray().Select(message => new ReceivedMessage(
            message.GetProperty("channel").GetString()!, message.GetProperty("offset").GetInt64(), message.GetProperty("id").GetString()!));
        return new Received(kind, body, [.. messages], body.GetProperty("cursor").GetString());
    }
}
