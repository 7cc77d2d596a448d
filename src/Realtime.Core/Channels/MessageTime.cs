using System.Globalization;
using System.Text.RegularExpressions;

namespace Realtime.Channels;

/// <summary>Times as messages carry them: UTC, RFC 3339 with milliseconds, e.g. <c>2026-11-23T08:00:00.123Z</c>.</summary>
public static partial class MessageTime
{
    /// <summary>The length of the text, in characters and in UTF-8 bytes.</summary>
    public const int TextLength = 24;

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Cuts a time down to whole milliseconds, UTC.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    /// <summary>The text of <paramref name="time"/>.</summary>
    public static string ToText(DateTimeOffset time) => time.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    /// <summary>Writes the text of <paramref name="time"/> into <paramref name="output"/>, <see cref="TextLength"/> bytes of UTF-8.</summary>
    public static void Format(DateTimeOffset time, Span<byte> output) =>
        time.UtcDateTime.TryFormat(output, out _, Pattern, CultureInfo.InvariantCulture);

    /// <summary>Reads any RFC 3339 time, whatever the digits of its fraction; what is finer than a tick is cut off.</summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        var parts = Rfc3339().Match(text ?? "");
        if (!parts.Success)
        {
            time = default;
            return false;
        }

        var whole = $"{parts.Groups["date"]}T{parts.Groups["time"]}{parts.Groups["fraction"]}{parts.Groups["zone"].Value.ToUpperInvariant()}";
        return DateTimeOffset.TryParseExact(
            whole,
            ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out time);
    }

    [GeneratedRegex("""\A(?<date>[0-9-]{10})[Tt](?<time>[0-9:]{8})((?<fraction>\.[0-9]{1,7})[0-9]*)?(?<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})\z""")]
    private static partial Regex Rfc3339();
}
