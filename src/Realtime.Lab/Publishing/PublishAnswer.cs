using System.Text.Json;

namespace Realtime.Lab.Publishing;

/// <summary>What became of each message of a batch.</summary>
internal static class PublishAnswer
{
    /// <summary>How many of the messages an answer accepts, without parsing it: each accepted one has an offset, and a problem has none.</summary>
    public static int CountAccepted(ReadOnlySpan<byte> body)
    {
        var count = 0;
        while (body.IndexOf("\"offset\":"u8) is var at and >= 0)
        {
            count++;
            body = body[(at + 9)..];
        }
        return count;
    }

    /// <summary>The status of each message: 200 or 201 where it was accepted, that of its problem otherwise.</summary>
    /// <exception cref="JsonException">The answer is not one of the protocol.</exception>
    public static IReadOnlyList<int> Statuses(ReadOnlySpan<byte> body)
    {
        using var document = JsonDocument.Parse(body.ToArray());
        return [.. document.RootElement.GetProperty("results").EnumerateArray().Select(
            result => result.TryGetProperty("offset", out _) ? 200 : result.GetProperty("status").GetInt32())];
    }
}
