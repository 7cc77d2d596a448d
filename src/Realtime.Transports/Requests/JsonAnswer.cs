using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Realtime.Transports.Requests;

/// <summary>Writes JSON answers straight into the response.</summary>
internal static class JsonAnswer
{
    // JSON answers are never read as HTML, so nothing but JSON's own characters needs an escape.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Marks an answer as one that nobody may keep or change, as every answer with messages is.</summary>
    internal static void ForbidStoring(HttpContext context) => context.Response.Headers.CacheControl = "no-store, no-transform";

    /// <summary>Writes what <paramref name="write"/> produces as the body, with whatever status is set.</summary>
    internal static Task WriteAsync<TState>(HttpContext context, TState state, Action<Utf8JsonWriter, TState> write)
    {
        context.Response.ContentType = "application/json";
        var body = context.Response.BodyWriter;
        using (var json = new Utf8JsonWriter(body, Options))
            write(json, state);
        return body.FlushAsync(context.RequestAborted).AsTask();
    }
}
