using System.Text.Json;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Requests;

/// <summary>Reads members of a JSON object; one of the wrong type is refused by name, and those that nobody asks for are ignored.</summary>
/// <remarks>Every method throws <see cref="ProblemException"/> with 400. A member that holds <c>null</c> counts as absent.</remarks>
public static class JsonFields
{
    /// <summary>Refuses a body that is no object.</summary>
    public static JsonElement RequireObject(this JsonElement body) =>
        body.ValueKind == JsonValueKind.Object ? body : throw new ProblemException(Problem.InvalidRequest("The body must be a JSON object."));

    /// <summary>A text; null when absent.</summary>
    public static string? OptionalString(this JsonElement body, string field)
    {
        if (!TryGet(body, field, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? Text(value, field) : throw Refuse(field, "a text");
    }

    /// <summary>A list of texts, as long as <paramref name="maxCount"/> at most; null when absent.</summary>
    public static string[]? OptionalStrings(this JsonElement body, string field, int maxCount)
    {
        if (!TryGet(body, field, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > maxCount) throw Refuse(field, $"a list of at most {maxCount} texts");
        var texts = new string[value.GetArrayLength()];
        var i = 0;
        foreach (var item in value.EnumerateArray())
        {
            var place = $"{field}[{i}]";
            texts[i++] = item.ValueKind == JsonValueKind.String ? Text(item, place) : throw Refuse(place, "a text");
        }

        return texts;
    }

    /// <summary>True or false; null when absent.</summary>
    public static bool? OptionalBoolean(this JsonElement body, string field)
    {
        if (!TryGet(body, field, out var value)) return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Refuse(field, "true or false");
    }

    /// <summary>A whole number between two bounds, both included; null when absent.</summary>
    public static long? OptionalInteger(this JsonElement body, string field, long min, long max)
    {
        if (!TryGet(body, field, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max
            ? number
            : throw Refuse(field, $"a whole number from {min} to {max}");
    }

    /// <summary>A number; null when absent.</summary>
    public static double? OptionalNumber(this JsonElement body, string field)
    {
        if (!TryGet(body, field, out var value)) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : throw Refuse(field, "a number");
    }

    /// <summary>A member of any type, also one that holds <c>null</c>.</summary>
    public static bool TryGetField(this JsonElement body, string field, out JsonElement value)
    {
        try
        {
            return body.TryGetProperty(field, out value);
        }
        catch (InvalidOperationException)
        {
            // The parser unescapes a name only when it is compared, and half of a surrogate pair has no UTF-8.
            throw new ProblemException(Problem.InvalidRequest("A member's name is not valid Unicode."));
        }
    }

    private static bool TryGet(JsonElement body, string field, out JsonElement value) =>
        body.TryGetField(field, out value) && value.ValueKind != JsonValueKind.Null;

    private static string Text(JsonElement value, string field)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair can be written as an escape, and is no text.
            throw Refuse(field, "valid Unicode text");
        }
    }

    private static ProblemException Refuse(string field, string allowed) => new(Problem.InvalidField(field, allowed));
}
