using System.Globalization;
using System.Text.Json;

namespace Realtime.Testing.Clients;

/// <summary>A message or, without an offset, a signal, as a client received it.</summary>
public sealed record ReceivedMessage(string Channel, long? Offset, string Id, string Type, string User, DateTimeOffset Time, JsonElement Data)
{
    /// <summary>Reads the JSON form. A field of another form than the protocol's throws.</summary>
    public static ReceivedMessage Read(JsonElement json) => new(
        json.GetProperty("channel").GetString()!,
        json.TryGetProperty("offset", out var offset) ? offset.GetInt64() : null,
        json.GetProperty("id").GetString()!,
        json.GetProperty("type").GetString()!,
        json.GetProperty("user").GetString()!,
        ReadTime(json.GetProperty("time").GetString()!),
        json.GetProperty("data").Clone());

    /// <summary>Reads a list of the JSON form.</summary>
    public static IReadOnlyList<ReceivedMessage> ReadAll(JsonElement list) => [.. list.EnumerateArray().Select(Read)];

    /// <summary>UTC, RFC 3339 with milliseconds, and nothing else.</summary>
    public static DateTimeOffset ReadTime(string text) =>
        DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
