using Realtime.Channels;

namespace Realtime.Transports.Problems;

public sealed partial class Problem
{
    // Long enough to recognise what was sent, short enough that a body can't be reflected.
    private const int MaxEcho = 64;

    // The wait that goes with a backend which failed and may be back: long enough not to hammer it, short enough not to be noticed.
    private static readonly TimeSpan BackendRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>400: the request could not be understood.</summary>
    public static Problem InvalidRequest(string detail) => new("invalid-request", 400, "Invalid request", detail);

    /// <summary>400: one field holds something else than it may.</summary>
    /// <param name="field">The field's name, or its path in a nested body (<c>messages[3].type</c>).</param>
    /// <param name="allowed">What the field may hold, to stand after "must be".</param>
    public static Problem InvalidField(string field, string allowed)
    {
        var detail = $"{field} must be {allowed}.";
        return new("invalid-request", 400, "Invalid request", detail) { Errors = OneError(field, detail) };
    }

    /// <summary>400: a text that should be a channel name is none.</summary>
    /// <param name="field">Where it stood.</param>
    /// <param name="value">What was sent; null when nothing was.</param>
    public static Problem InvalidChannel(string field, string? value)
    {
        var detail = value is null
            ? $"{field} must name a channel: {ChannelRule}."
            : $"'{Echo(value)}' is no channel name: it must be {ChannelRule}.";
        return new("invalid-channel", 400, "Invalid channel name", detail) { Errors = OneError(field, detail) };
    }

    /// <summary>400: the cursor was not made by this server, or was cut or changed.</summary>
    public static Problem InvalidCursor(string detail) => new("invalid-cursor", 400, "Invalid cursor", detail);

    /// <summary>401: who is calling is not known.</summary>
    /// <param name="detail">Why.</param>
    /// <param name="credentialRefused">Whether there was a credential, and it was bad.</param>
    public static Problem Unauthenticated(string detail, bool credentialRefused = false) =>
        new("unauthenticated", 401, "Not authenticated", detail) { CredentialRefused = credentialRefused };

    /// <summary>403: the caller, or the page it calls from, may not do this.</summary>
    public static Problem Forbidden(string detail) => new("forbidden", 403, "Forbidden", detail);

    /// <summary>404: there is no such thing.</summary>
    public static Problem NotFound(string detail) => new("not-found", 404, "Not found", detail);

    /// <summary>405: the address does not take this method.</summary>
    /// <param name="allow">The methods that it takes, separated by commas.</param>
    public static Problem MethodNotAllowed(string allow) =>
        new("method-not-allowed", 405, "Method not allowed", $"This address takes {allow}.") { Allow = allow };

    /// <summary>409: the id was used for another message of the channel.</summary>
    public static Problem IdConflict(string channel, string id) =>
        new("id-conflict", 409, "Id already used", $"The id '{Echo(id)}' was published before in {Echo(channel)} with other content.");

    /// <summary>413: the body, or the data in it, is larger than this server takes.</summary>
    public static Problem TooLarge(string detail) => new("too-large", 413, "Too large", detail);

    /// <summary>415: the body is not said to be JSON in UTF-8.</summary>
    public static Problem UnsupportedMediaType() =>
        new("unsupported-media-type", 415, "Unsupported media type", "The body must be JSON in UTF-8, sent as application/json.");

    /// <summary>429: this caller asks for more than its share.</summary>
    public static Problem RateLimited(string detail, TimeSpan retryAfter) =>
        new("rate-limited", 429, "Too many requests", detail) { RetryAfter = retryAfter };

    /// <summary>503: the server can't take this now.</summary>
    public static Problem Overloaded(string detail, TimeSpan retryAfter) =>
        new("overloaded", 503, "Overloaded", detail) { RetryAfter = retryAfter };

    /// <summary>503: a backend that the answer depends on failed and may be back.</summary>
    public static Problem StoreUnavailable() => Overloaded("The server can't reach its store at the moment.", BackendRetryAfter);

    /// <summary>The beginning of what a client sent, to be told back to it.</summary>
    internal static string Echo(string value)
    {
        if (value.Length <= MaxEcho) return value;
        var end = char.IsHighSurrogate(value[MaxEcho - 1]) ? MaxEcho - 1 : MaxEcho;
        return string.Concat(value.AsSpan(0, end), "…");
    }

    private static string ChannelRule { get; } =
        $"1–{ChannelName.MaxLength} characters of A–Z a–z 0–9 . _ : ~ @ -, first a letter or digit";

    private static Dictionary<string, string[]> OneError(string field, string detail) => new(1) { [field] = [detail] };
}
