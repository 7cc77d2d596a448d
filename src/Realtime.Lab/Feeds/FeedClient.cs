using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Realtime.Lab.Loop;

namespace Realtime.Lab.Feeds;

/// <summary>Many users of one server over HTTP. Their tokens are signed here, with the key that the server was started with.</summary>
internal sealed class FeedClient(Uri url) : IDisposable
{
    /// <summary>The key of the servers that the lab starts; they are reached from this machine alone and end with the run.</summary>
    public const string Key = "the key of a server that lives as long as a measurement";

    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8);

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64, PooledConnectionLifetime = Timeout.InfiniteTimeSpan }) { BaseAddress = url };

    /// <summary>Sends a request as a user; anything but success is an error.</summary>
    /// <returns>The body, and how long it took to come, in microseconds.</returns>
    public async Task<(byte[] Body, long Micros)> SendAsync(HttpMethod method, string path, string user, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token(user));
        var start = LabClock.Now;
        using var answer = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var took = LabClock.Now - start;
        if (!answer.IsSuccessStatusCode)
            throw new LabException($"{method} {path} was answered by {(int)answer.StatusCode}: {Encoding.UTF8.GetString(body)}");
        return (body, took);
    }

    /// <summary>Imports follows.</summary>
    public async Task ImportAsync(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        foreach (var chunk in lines.Chunk(100_000))
        {
            using var content = new StringContent(string.Join('\n', chunk), Encoding.UTF8, "text/csv");
            await SendAsync(HttpMethod.Post, "api/follows", "importer", content, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Publishes a post.</summary>
    /// <returns>How long it took to be acknowledged, in microseconds.</returns>
    public async Task<long> PostAsync(string author, CancellationToken cancellationToken)
    {
        using var content = JsonContent.Create(new { data = new { text = "a post of a few words, as posts are" } });
        return (await SendAsync(HttpMethod.Post, "api/posts", author, content, cancellationToken).ConfigureAwait(false)).Micros;
    }

    /// <summary>Reads the first page of a timeline.</summary>
    public async Task<(JsonElement Page, long Micros)> ReadAsync(string user, string query, CancellationToken cancellationToken)
    {
        var (body, micros) = await SendAsync(HttpMethod.Get, $"api/timeline{query}", user, null, cancellationToken).ConfigureAwait(false);
        return (JsonSerializer.Deserialize<JsonElement>(body), micros);
    }

    /// <summary>The sum and the count of a histogram on the metrics page, or the value of a counter with a label, over all its other labels.</summary>
    public async Task<double> MetricAsync(string name, string label, CancellationToken cancellationToken)
    {
        var text = await _http.GetStringAsync("metrics", cancellationToken).ConfigureAwait(false);
        return text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is '{' or ' ' && line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[line.Contains('}') ? 0 : 1], CultureInfo.InvariantCulture));
    }

    public void Dispose() => _http.Dispose();

    private static string Token(string user)
    {
        var claims = FormattableString.Invariant($$"""{"sub":"{{user}}","exp":4102444800,"pub":["follows:import","posts:*"]}""");
        var signed = $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.UTF8.GetBytes(signed)))}";
    }
}
