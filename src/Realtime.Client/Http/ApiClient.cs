using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Realtime.Client.Http;

/// <summary>Calls the server: the token, its renewal, time limits and problem documents are done here.</summary>
internal sealed class ApiClient(Func<HttpClient> http, TokenSource tokens, RealtimeClientOptions options, TimeProvider time)
{
    private readonly Uri _base = new(options.Uri!.AbsoluteUri.TrimEnd('/') + "/");

    internal TokenSource Tokens => tokens;

    internal TimeProvider Time => time;

    /// <summary>Carries a WebSocket's handshake.</summary>
    internal HttpClient CreateHttp() => http();

    /// <summary>The whole address of a path such as <c>api/poll</c>.</summary>
    internal Uri AddressOf(string path) => new(_base, path);

    /// <summary>Calls, and reads the whole answer; the default where it is empty.</summary>
    /// <exception cref="RealtimeClientException">Any answer but a 2xx, or none.</exception>
    internal async Task<T?> CallAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken, TimeSpan held = default) =>
        (await AskAsync<T>(method, path, body, cancellationToken, held).ConfigureAwait(false)).Body;

    /// <summary>The same, with what the answer says of the next request.</summary>
    internal async Task<(T? Body, TimeSpan? RetryAfter)> AskAsync<T>(
        HttpMethod method, string path, object? body, CancellationToken cancellationToken, TimeSpan held = default)
    {
        using var limit = new TimeLimit(held + options.RequestTimeout, time, cancellationToken);
        try
        {
            using var response = await SendAsync(method, path, body, limit.Token).ConfigureAwait(false);
            var bytes = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
            return (bytes.Length == 0 ? default : JsonSerializer.Deserialize<T>(bytes, Wire.Json), RetryAfterOf(response));
        }
        catch (Exception e) when (IsOfNetwork(e))
        {
            throw limit.Explain(e);
        }
    }

    /// <summary>Calls, and hands over the answer as soon as it begins. The caller limits the time.</summary>
    internal Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        SendAsync(method, path, body, cancellationToken);

    /// <summary>Whether an exception tells of the network or the other side rather than of a mistake in here.</summary>
    internal static bool IsOfNetwork(Exception exception) =>
        exception is HttpRequestException or IOException or OperationCanceledException or JsonException or System.Net.WebSockets.WebSocketException
            or RealtimeClientException or ObjectDisposedException;

    /// <summary>Sends, and once more with a new token when the first is refused.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        var token = await tokens.GetAsync(cancellationToken).ConfigureAwait(false);
        var response = await SendWithAsync(token).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
        {
            tokens.Refuse(token);
            var renewed = await tokens.GetAsync(cancellationToken).ConfigureAwait(false);
            if (renewed != token)
            {
                response.Dispose();
                response = await SendWithAsync(renewed).ConfigureAwait(false);
            }
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ReadProblemAsync(response, cancellationToken).ConfigureAwait(false);

        async Task<HttpResponseMessage> SendWithAsync(string bearer)
        {
            using var request = new HttpRequestMessage(method, AddressOf(path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            if (body is not null)
            {
                request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), Wire.Json));
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }

            return await http().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<RealtimeClientException> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        JsonElement body = default;
        // A proxy's page in place of a problem document: the status says enough.
        if (response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) == true)
            body = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false), Wire.Json);
        return RealtimeClientException.FromProblem(body, response.StatusCode, RetryAfterOf(response));
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };
}
