using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Requests;

/// <summary>The JSON body of one request, in a rented buffer: dispose it when nothing of <see cref="Root"/> is used any more.</summary>
public sealed class JsonBody : IDisposable
{
    // The parser must get past data of the deepest allowed nesting and whatever envelope is around it, so that a batch
    // can refuse one message and keep the others. Parsing is iterative: depth costs a bit per level, no stack.
    private const int MaxParsedDepth = 1024;
    private const int InitialBuffer = 4096;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxParsedDepth };

    private readonly JsonDocument _document;
    private byte[]? _buffer;

    private JsonBody(byte[] buffer, JsonDocument document)
    {
        _buffer = buffer;
        _document = document;
    }

    /// <summary>The value that the body holds. Its raw bytes are as they were sent.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>Reads and parses the whole body.</summary>
    /// <param name="context">The request; its abortion cancels the reading.</param>
    /// <param name="maxBytes">The largest body taken, in bytes. A larger one is refused without being read to its end.</param>
    /// <exception cref="ProblemException">415 when the body is not said to be JSON in UTF-8, 413 when it is too large, 400 when it is no JSON, no
    /// UTF-8, empty or cut short.</exception>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public static async ValueTask<JsonBody> ReadAsync(HttpContext context, int maxBytes) =>
        await ReadOptionalAsync(context, maxBytes) ?? throw new ProblemException(Problem.InvalidRequest("The request has no body."));

    /// <summary>As <see cref="ReadAsync"/>, but null for a request without a body.</summary>
    public static async ValueTask<JsonBody?> ReadOptionalAsync(HttpContext context, int maxBytes)
    {
        var request = context.Request;
        if (request.ContentLength == 0 || context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false) return null;
        if (!IsJson(request.ContentType)) throw new ProblemException(Problem.UnsupportedMediaType());
        if (request.ContentLength > maxBytes) throw TooLarge(maxBytes);

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(request.ContentLength ?? InitialBuffer, maxBytes) + 1);
        try
        {
            var length = 0;
            while (true)
            {
                var read = await ReadSomeAsync(context, buffer.AsMemory(length), maxBytes);
                if (read == 0) break;
                length += read;
                if (length > maxBytes) throw TooLarge(maxBytes);
                if (length == buffer.Length) buffer = PooledBuffer.Grow(buffer);
            }

            if (length == 0)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return null;
            }

            return new JsonBody(buffer, Parse(buffer.AsMemory(0, length)));
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _document.Dispose();
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) ArrayPool<byte>.Shared.Return(buffer);
    }

    private static async ValueTask<int> ReadSomeAsync(HttpContext context, Memory<byte> target, int maxBytes)
    {
        try
        {
            return await context.Request.Body.ReadAsync(target, context.RequestAborted);
        }
        catch (BadHttpRequestException bad)
        {
            throw bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge(maxBytes)
                : new ProblemException(Problem.InvalidRequest("The body ended early or was sent in a way that HTTP does not allow."));
        }
        catch (IOException)
        {
            // A reset connection, which the server may not have marked as aborted yet.
            context.Abort();
            throw new OperationCanceledException(context.RequestAborted);
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        // The parser checks UTF-8 only where it unescapes, so a broken sequence would otherwise be carried on to readers.
        if (!System.Text.Unicode.Utf8.IsValid(body.Span)) throw new ProblemException(Problem.InvalidRequest("The body is not valid UTF-8."));
        try
        {
            return JsonDocument.Parse(body, Strict);
        }
        catch (JsonException error)
        {
            var place = error.LineNumber is { } line ? $" (line {line + 1}, byte {error.BytePositionInLine + 1})" : "";
            throw new ProblemException(Problem.InvalidRequest($"The body is not valid JSON{place}."));
        }
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase) && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static ProblemException TooLarge(int maxBytes) => new(Problem.TooLarge($"The body is larger than {maxBytes} bytes."));
}
