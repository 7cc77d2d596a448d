using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Realtime.Transports.Problems;

/// <summary>A refusal as the wire tells it: an RFC 9457 problem document with a type of <c>urn:realtime:&lt;name&gt;</c>.</summary>
/// <remarks>Immutable. The same object is the body of an HTTP answer and the error of a WebSocket frame or a hub call.</remarks>
public sealed partial class Problem
{
    /// <summary>The media type of an HTTP answer that carries a problem.</summary>
    public const string ContentType = "application/problem+json";

    // The document is JSON and is never read as HTML, so quotes and dashes can stay as a person reads them.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Problem(string name, int status, string title, string detail)
    {
        Name = name;
        Status = status;
        Title = title;
        Detail = detail;
    }

    /// <summary>The last part of <c>type</c>, which clients branch on: <c>invalid-request</c>, <c>forbidden</c> …</summary>
    public string Name { get; }

    /// <summary>The HTTP status that goes with the name.</summary>
    public int Status { get; }

    /// <summary>The kind of problem in a few words, the same for every problem of this name.</summary>
    public string Title { get; }

    /// <summary>What was wrong with this request, for a person.</summary>
    public string Detail { get; }

    /// <summary>What was wrong with each bad field; null where no single field is to blame.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; private init; }

    /// <summary>How long to wait before trying again; null where trying again does not help.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The methods that the address takes, as in the <c>Allow</c> header; set with <c>method-not-allowed</c> alone.</summary>
    public string? Allow { get; private init; }

    /// <summary>Whether a credential was sent and refused, which the <c>WWW-Authenticate</c> header of a 401 tells apart from none.</summary>
    public bool CredentialRefused { get; private init; }

    /// <summary>Writes the document as one JSON object.</summary>
    /// <remarks>Beside the members of RFC 9457 and <c>errors</c> there is <c>retryAfterMs</c> where <see cref="RetryAfter"/> is set, for the
    /// transports that have no headers.</remarks>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteMembers(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the members of the document into an object that the caller has begun.</summary>
    internal void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("type"u8, "urn:realtime:" + Name);
        json.WriteString("title"u8, Title);
        json.WriteNumber("status"u8, Status);
        json.WriteString("detail"u8, Detail);
        if (Errors is { } errors)
        {
            json.WriteStartObject("errors"u8);
            foreach (var (field, messages) in errors)
            {
                json.WriteStartArray(field);
                foreach (var message in messages) json.WriteStringValue(message);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        if (RetryAfter is { } wait) json.WriteNumber("retryAfterMs"u8, (long)Math.Ceiling(wait.TotalMilliseconds));
    }

    /// <summary>The document as JSON text.</summary>
    public string ToJson() => Encoding.UTF8.GetString(ToUtf8().WrittenSpan);

    /// <summary>Answers the request with this problem: status, headers and body.</summary>
    /// <remarks>Cancelled with the request. Call it only while the response has not started.</remarks>
    public Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = ContentType;
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        if (Status == StatusCodes.Status401Unauthorized)
            headers.WWWAuthenticate = CredentialRefused ? "Bearer error=\"invalid_token\"" : "Bearer";
        if (RetryAfter is { } wait) headers.RetryAfter = WholeSeconds(wait).ToString(CultureInfo.InvariantCulture);
        if (Allow is not null) headers.Allow = Allow;
        if (HttpMethods.IsHead(context.Request.Method)) return Task.CompletedTask;
        var body = ToUtf8();
        response.ContentLength = body.WrittenCount;
        return response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).AsTask();
    }

    // Rounded up, and never 0: a client that came back at once would only meet the same refusal.
    private static long WholeSeconds(TimeSpan wait) => Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));

    private ArrayBufferWriter<byte> ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, WriterOptions);
        WriteTo(json);
        json.Flush();
        return buffer;
    }
}
