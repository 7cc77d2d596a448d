using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Realtime.Testing.Clients;

/// <summary>The HTTP side of one user of a server.</summary>
public sealed class ServerClient : IDisposable
{
    private static readonly string[] NoHeaders = [];

    // Around the deepest data are the message, its list and the answer.
    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 128 };

    /// <summary>Creates a client.</summary>
    /// <param name="address">Where the server, or something in front of it, listens.</param>
    /// <param name="token">The user's token; null sends none.</param>
    public ServerClient(Uri address, string? token)
    {
        Address = address;
        Token = token;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = address };
        if (token is not null)
            Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Where the server listens.</summary>
    public Uri Address { get; }

    /// <summary>The user's token.</summary>
    public string? Token { get; }

    /// <summary>Sends the token with every request, and keeps no cookies.</summary>
    public HttpClient Http { get; }

    /// <summary>A client for a user, with a token of the demo mode.</summary>
    /// <param name="address">Where the server listens.</param>
    /// <param name="user">The user's name.</param>
    /// <param name="claims">Members for the request beside <c>user</c>, as JSON: <c>"read":["a*"]</c>.</param>
    public static async Task<ServerClient> SignInAsync(Uri address, string user = "alice", string? claims = null)
    {
        using var anonymous = new ServerClient(address, null);
        using var response = await anonymous.PostAsync("api/demo/token", $$"""{"user":"{{user}}"{{(claims is null ? "" : "," + claims)}}}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new ServerClient(address, (await JsonAsync(response)).GetProperty("token").GetString());
    }

    /// <summary>The same user by another way to the server.</summary>
    public ServerClient Through(Uri address) => new(address, Token);

    /// <summary>A GET with headers written as <c>Name: value</c>.</summary>
    public Task<HttpResponseMessage> GetAsync(string path, params string[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>A POST of JSON with headers written as <c>Name: value</c>.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json, params string[] headers) =>
        SendAsync(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"), headers);

    /// <summary>Any request.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null, string[]? headers = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var header in headers ?? NoHeaders)
        {
            var parts = header.Split(": ", 2);
            Assert.True(request.Headers.TryAddWithoutValidation(parts[0], parts[1]), header);
        }

        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The body of an answer as JSON.</summary>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(Deep, TestContext.Current.CancellationToken);

    /// <summary>Publishes, which must succeed.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="data">The data as JSON.</param>
    /// <param name="id">The id; null lets the server make one.</param>
    public async Task<JsonElement> PublishAsync(string channel, string data, string? id = null)
    {
        using var response = await PostAsync(
            $"api/channels/{channel}/messages", id is null ? $$"""{"data":{{data}}}""" : $$"""{"data":{{data}},"id":"{{id}}"}""");
        Assert.True(response.IsSuccessStatusCode, $"A publish was answered by {response.StatusCode}.");
        return await JsonAsync(response);
    }

    /// <summary>Publishes the numbers of a range in one batch, each of which must succeed.</summary>
    public async Task PublishRangeAsync(string channel, int first, int count)
    {
        for (; count > 0; first += 1000, count -= 1000)
        {
            var messages = Enumerable.Range(first, Math.Min(count, 1000)).Select(number => $$"""{"channel":"{{channel}}","data":{{number}}}""");
            using var response = await PostAsync("api/publish", $$"""{"messages":[{{string.Join(',', messages)}}]}""");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.All((await JsonAsync(response)).GetProperty("results").EnumerateArray(), result => Assert.True(result.TryGetProperty("offset", out _)));
        }
    }

    /// <summary>Sends a signal, which must be accepted.</summary>
    public async Task SignalAsync(string channel, string type, string data)
    {
        using var response = await PostAsync($"api/channels/{channel}/signals", $$"""{"type":"{{type}}","data":{{data}}}""");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    /// <summary>The history of a channel, which must be there.</summary>
    public async Task<JsonElement> HistoryAsync(string channel, string query = "")
    {
        using var response = await GetAsync($"api/channels/{channel}/messages{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await JsonAsync(response);
    }

    /// <summary>The highest offset of a channel.</summary>
    public async Task<long> HeadAsync(string channel) => (await HistoryAsync(channel, "?limit=1")).GetProperty("head").GetInt64();

    /// <summary>Commits a consumer's place, which must succeed.</summary>
    public async Task<JsonElement> CommitAsync(string channel, string consumer, long offset)
    {
        using var content = new StringContent($$"""{"offset":{{offset}}}""", Encoding.UTF8, "application/json");
        using var response = await SendAsync(HttpMethod.Put, $"api/channels/{channel}/consumers/{consumer}", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await JsonAsync(response);
    }

    /// <summary>The place of a consumer, which must be there.</summary>
    public Task<JsonElement> PlaceAsync(string channel, string consumer) => GetJsonAsync($"api/channels/{channel}/consumers/{consumer}");

    /// <summary>What a consumer fetches, which must succeed.</summary>
    public Task<JsonElement> FetchAsync(string channel, string consumer, string query = "") =>
        GetJsonAsync($"api/channels/{channel}/consumers/{consumer}/messages{query}");

    /// <summary>A GET that must be answered by JSON.</summary>
    public async Task<JsonElement> GetJsonAsync(string path)
    {
        using var response = await GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await JsonAsync(response);
    }

    /// <summary>The offsets of the messages of a page.</summary>
    public static List<int> Offsets(JsonElement page) =>
        [.. page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("offset").GetInt32())];

    /// <inheritdoc/>
    public void Dispose() => Http.Dispose();
}
