using System.Buffers.Text;
using System.Text.Json;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Access;

/// <summary>Reads from a token's payload what the server goes by: <c>sub</c>, <c>exp</c>, <c>nbf</c>, <c>pub</c> and <c>read</c>.</summary>
/// <remarks>Read from the JSON itself: the claims of the token library can't tell an empty <c>pub</c>, which forbids everything, from none, which
/// leaves the namespace's rule.</remarks>
internal static class TokenClaims
{
    // Every message carries it, so it must not be of any length. OpenID Connect allows 255.
    private const int MaxUserLength = 255;

    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(365 * 1000);

    /// <summary>The caller of a token whose signature was found good.</summary>
    /// <exception cref="ProblemException">401 when a claim is missing, of the wrong kind, or not (or no longer) good at <paramref name="now"/>.</exception>
    public static Caller ToCaller(string encodedPayload, DateTimeOffset now)
    {
        try
        {
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(encodedPayload));
            return ToCaller(payload.RootElement, now);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            // Names and texts are unescaped only when they are looked at, so half of a surrogate pair comes out here.
            throw Refuse("The payload of the token is not valid JSON in UTF-8.");
        }
    }

    private static Caller ToCaller(JsonElement claims, DateTimeOffset now)
    {
        var expires = Time(claims, "exp") ?? throw Refuse("The token has no 'exp' claim.");
        if (now >= expires + TokenValidator.ClockSkew) throw Refuse("The token has expired.");
        if (Time(claims, "nbf") is { } notBefore && now < notBefore - TokenValidator.ClockSkew) throw Refuse("The token is not valid yet.");

        // By this clock the token may be over already, while by its issuer's it is not. Its connections then get the skew's worth of time.
        var ends = now < expires ? expires : expires + TokenValidator.ClockSkew;
        return new Caller(User(claims), ends, Patterns(claims, "pub"), Patterns(claims, "read"));
    }

    private static string User(JsonElement claims)
    {
        if (!claims.TryGetProperty("sub", out var sub) || sub.ValueKind != JsonValueKind.String) throw Refuse("The token has no 'sub' claim.");
        return sub.GetString() is { Length: >= 1 and <= MaxUserLength } user
            ? user
            : throw Refuse($"The 'sub' claim of the token must be 1–{MaxUserLength} characters long.");
    }

    private static ChannelPatterns? Patterns(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out var claim)) return null;
        return claim.ValueKind switch
        {
            JsonValueKind.String => new ChannelPatterns([claim.GetString()!]),
            JsonValueKind.Array when claim.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) =>
                new ChannelPatterns([.. claim.EnumerateArray().Select(one => one.GetString()!)]),
            _ => throw Refuse($"The '{name}' claim of the token must be a list of channel patterns."),
        };
    }

    private static DateTimeOffset? Time(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out var claim)) return null;
        if (claim.ValueKind != JsonValueKind.Number || !claim.TryGetDouble(out var seconds)) throw Refuse($"The '{name}' claim of the token must be a number.");

        // Issuers write "never" as a number beyond any calendar.
        return DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(seconds, 0, LongestLife.TotalSeconds));
    }

    private static ProblemException Refuse(string detail) => new(Problem.Unauthenticated(detail, credentialRefused: true));
}
