using System.Text.Json;

namespace Realtime.Transports.Tests;

/// <summary>Looks at answers as a client would.</summary>
internal static class ProblemAssert
{
    /// <summary>The body of an answer that must have this status.</summary>
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} instead of {status}: {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    /// <summary>The body of an answer that must be this problem.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage response, int status, string name)
    {
        var body = await response.JsonAsync(status);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("urn:realtime:" + name, body.GetProperty("type").GetString());
        Assert.Equal(status, body.GetProperty("status").GetInt32());
        Assert.NotEmpty(body.GetProperty("title").GetString()!);
        Assert.NotEmpty(body.GetProperty("detail").GetString()!);
        Assert.True(response.Headers.CacheControl?.NoStore);
        return body;
    }
}
