using System.Net;
using Realtime.Server.Tests.Protocol;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Operations;

/// <summary>What operators ask a server.</summary>
public sealed class OperationsTests(SharedServer server) : ProtocolTest(server)
{
    [Fact]
    public async Task The_process_and_its_readiness_can_be_asked_by_anyone()
    {
        using var nobody = new ServerClient(Server.Address, null);
        using var health = await nobody.GetAsync("healthz");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        using var ready = await nobody.GetAsync("readyz");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        var json = await ServerClient.JsonAsync(ready);
        Assert.Equal("ready", json.GetProperty("status").GetString());
        Assert.True(json.TryGetProperty("store", out _) && json.TryGetProperty("backbone", out _));
    }

    [Fact]
    public async Task Metrics_are_Prometheus_text()
    {
        await using var reader = await TestReader.OpenAsync(ReaderKind.ServerSentEvents, Alice, [Channel]);
        await Alice.PublishAsync(Channel, "1");
        await reader.TakeAsync(1);
        using var response = await Alice.GetAsync("metrics");
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Matches("(?m)^realtime_[a-z_]+(\\{.*\\})? [0-9.e+]+", text);
        Assert.Contains("transport=\"sse\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Channel, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stats_tell_channels_sessions_heads_and_lags()
    {
        await using var reader = await TestReader.OpenAsync(ReaderKind.WebSocket, Alice, [Channel]);
        await Alice.PublishRangeAsync(Channel, 1, 1234);
        await reader.TakeAsync(1234);
        using var response = await Alice.GetAsync("api/stats");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var stats = await ServerClient.JsonAsync(response);
        Assert.True(stats.GetProperty("sessions").GetProperty("websocket").GetInt64() >= 1);
        var channel = stats.GetProperty("channels").EnumerateArray().Single(one => one.GetProperty("channel").GetString() == Channel);
        Assert.Equal(1234, channel.GetProperty("head").GetInt64());
        Assert.True(stats.TryGetProperty("lag", out _));
    }

    [Fact]
    public async Task Stats_name_no_channel_that_the_caller_may_not_read()
    {
        using var bob = await ServerClient.SignInAsync(Server.Address, "bob", "\"pub\":[\"user:*\"]");
        await bob.PublishRangeAsync("user:bob", 1, 50);
        await using var reader = await TestReader.OpenAsync(ReaderKind.WebSocket, bob, ["user:bob"]);
        using var response = await Alice.GetAsync("api/stats");
        Assert.DoesNotContain("user:bob", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
