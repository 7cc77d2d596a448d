using System.Net;
using System.Text.Json;

namespace Realtime.Client;

/// <summary>
/// A refusal of the server, with the fields of its problem document (RFC 9457), or a connection that failed. Branch on <see cref="Code"/>; the message is
/// for people.
/// </summary>
public sealed class RealtimeClientException : Exception
{
    internal const string ConnectionLost = "connection-lost";
    internal const string TimedOut = "timeout";
    internal const string Refused = "refused";
    private const string UrnPrefix = "urn:realtime:";

    internal RealtimeClientException(string code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>
    /// The name in the problem's type, such as <c>forbidden</c>; or <c>http</c> for a status without a problem document, <c>connection-lost</c>,
    /// <c>timeout</c>, <c>token</c> (the callback threw) or <c>refused</c> (a WebSocket was closed for good).
    /// </summary>
    public string Code { get; }

    /// <summary>The HTTP status; null where there was no answer.</summary>
    public HttpStatusCode? Status { get; internal init; }

    /// <summary>The problem's title; null without a problem document.</summary>
    public string? Title { get; private init; }

    /// <summary>What is wrong in this case; null where the server does not say.</summary>
    public string? Detail { get; private init; }

    /// <summary>What is wrong with each field of the request; empty where no field is.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Errors { get; private init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>How long the server asks to wait before the next try; null where it does not.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>Whether the same request may succeed later: lost connections, timeouts, 408, 429 and 5xx.</summary>
    public bool IsTransient => Status is { } status ? status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500 : Code != Refused;

    /// <summary>Whether the server itself has said why: no transport is to blame.</summary>
    internal bool IsFromServer { get; init; }

    /// <summary>The problem that a body describes, or what its absence means.</summary>
    internal static RealtimeClientException FromProblem(JsonElement body, HttpStatusCode status, TimeSpan? retryAfter)
    {
        var problem = body.ValueKind == JsonValueKind.Object ? body.Deserialize<ProblemJson>(Wire.Json) : null;
        if (problem?.Type?.StartsWith(UrnPrefix, StringComparison.Ordinal) != true)
            return new("http", $"The server answered with status {(int)status}.") { Status = status, RetryAfter = retryAfter };
        return new(problem.Type[UrnPrefix.Length..], problem.Detail ?? problem.Title ?? $"The server answered with status {(int)status}.")
        {
            Status = status,
            RetryAfter = retryAfter,
            Title = problem.Title,
            Detail = problem.Detail,
            Errors = (problem.Errors ?? []).ToDictionary(error => error.Key, error => (IReadOnlyList<string>)error.Value),
            IsFromServer = true,
        };
    }

    /// <summary>What an exception of the network means.</summary>
    internal static RealtimeClientException From(Exception exception) => exception switch
    {
        RealtimeClientException own => own,
        OperationCanceledException or TimeoutException => new(TimedOut, "The server did not answer in time.", exception),
        HttpRequestException { StatusCode: { } status } => new("http", exception.Message, exception) { Status = status },
        _ => new(ConnectionLost, $"The connection failed: {exception.Message}", exception),
    };

    private sealed record ProblemJson(string? Type, string? Title, string? Detail, Dictionary<string, string[]>? Errors);
}
