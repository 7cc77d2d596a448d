using System.Net;
using Microsoft.AspNetCore.Http;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;

namespace Realtime.Server.Tests.Balancing;

/// <summary>The configuration of the balancer that is deployed in front of the nodes.</summary>
public class BalancerTests
{
    private static readonly RequestDelegate Created = context =>
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        return Task.CompletedTask;
    };

    private static readonly RequestDelegate BreakOff = context =>
    {
        context.Abort();
        return Task.CompletedTask;
    };

    [Fact]
    public async Task A_node_that_is_gone_is_left_for_the_other()
    {
        await using var gone = await ScriptedNode.StartAsync(Created);
        await using var node = await ScriptedNode.StartAsync(Created);
        await using var balancer = await NginxProcess.StartNewAsync(gone.Port, node.Port);
        await gone.DisposeAsync();
        using var client = new ServerClient(balancer.Address, null);
        for (var i = 0; i < 20; i++)
        {
            using var response = await client.PostAsync("api/channels/a/messages", "{}");
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        }

        Assert.Equal(20, node.Asked);
    }

    [Fact]
    public async Task A_publish_that_a_node_may_have_taken_is_not_sent_again()
    {
        await using var first = await ScriptedNode.StartAsync(BreakOff);
        await using var second = await ScriptedNode.StartAsync(BreakOff);
        await using var balancer = await NginxProcess.StartNewAsync(first.Port, second.Port);
        using var client = new ServerClient(balancer.Address, null);
        using var response = await client.PostAsync("api/channels/a/messages", "{}");
        Assert.Equal(1, first.Asked + second.Asked);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.Equal("urn:realtime:overloaded", (await ServerClient.JsonAsync(response)).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_poll_that_breaks_off_is_asked_again_of_the_other_node()
    {
        await using var first = await ScriptedNode.StartAsync(BreakOff);
        await using var second = await ScriptedNode.StartAsync(Created);
        await using var balancer = await NginxProcess.StartNewAsync(first.Port, second.Port);
        using var client = new ServerClient(balancer.Address, null);
        for (var i = 0; i < 2; i++)
        {
            using var response = await client.GetAsync("api/poll");
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        }
    }

    [Fact]
    public async Task Nodes_learn_the_host_the_scheme_and_the_client_and_no_log_learns_a_ticket()
    {
        await using var node = await ScriptedNode.StartAsync(context => context.Response.WriteAsync(
            $"{context.Request.Headers.Host} {context.Request.Headers["X-Forwarded-Proto"]} {context.Request.Headers["X-Forwarded-For"]}"));
        await using var balancer = await NginxProcess.StartNewAsync(node.Port);
        using var client = new ServerClient(balancer.Address, null);
        var host = balancer.Address.Authority;
        Assert.Equal($"{host} http 127.0.0.1", await ReadAsync(client, "api/poll?ticket=never-logged"));
        // From a proxy in front that ended TLS.
        Assert.Equal($"{host} https 10.1.2.3, 127.0.0.1", await ReadAsync(client, "api/poll?ticket=never-logged", "X-Forwarded-Proto: https", "X-Forwarded-For: 10.1.2.3"));
        await node.DisposeAsync();
        Assert.Contains("overloaded", await ReadAsync(client, "api/poll?ticket=never-logged"), StringComparison.Ordinal);
        await balancer.StopAsync();
        var log = await balancer.ReadLogAsync();
        Assert.Contains("GET /api/poll 200 ", log, StringComparison.Ordinal);
        Assert.Contains("GET /api/poll 503 ", log, StringComparison.Ordinal);
        Assert.DoesNotContain("never-logged", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api/stream")]
    [InlineData("api/poll")]
    public async Task What_a_node_writes_is_passed_on_at_once(string path)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var node = await ScriptedNode.StartAsync(async context =>
        {
            await context.Response.WriteAsync("first");
            await context.Response.Body.FlushAsync();
            await seen.Task;
            await context.Response.WriteAsync("second");
        });
        await using var balancer = await NginxProcess.StartNewAsync(node.Port);
        using var client = new ServerClient(balancer.Address, null);
        try
        {
            using var response = await Deadline.WithinAsync(
                client.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken), "answer");
            using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            var bytes = new byte["first".Length];
            await Deadline.WithinAsync(body.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken).AsTask(), "first part while the second is not written");
            Assert.Equal("first"u8, bytes);
        }
        finally
        {
            seen.SetResult();
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_in_the_words_of_the_nodes()
    {
        await using var node = await ScriptedNode.StartAsync(Created);
        await using var balancer = await NginxProcess.StartNewAsync(node.Port);
        using var client = new ServerClient(balancer.Address, null);
        using var largest = await client.PostAsync("api/publish", new string(' ', 8 * 1024 * 1024));
        Assert.Equal(HttpStatusCode.Created, largest.StatusCode);
        using var refused = await client.PostAsync("api/publish", new string(' ', 10 * 1024 * 1024));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("urn:realtime:too-large", (await ServerClient.JsonAsync(refused)).GetProperty("type").GetString());
        Assert.Equal(1, node.Asked);
    }

    [Fact]
    public async Task Metrics_are_not_for_everyone()
    {
        await using var node = await ScriptedNode.StartAsync(Created);
        await using var balancer = await NginxProcess.StartNewAsync(node.Port);
        using var client = new ServerClient(balancer.Address, null);
        using var response = await client.GetAsync("metrics");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal(0, node.Asked);
    }

    [Fact]
    public async Task A_reload_takes_the_other_nodes()
    {
        await using var before = await ScriptedNode.StartAsync(Created);
        await using var after = await ScriptedNode.StartAsync(Created);
        await using var balancer = await NginxProcess.StartNewAsync(before.Port);
        await balancer.ReloadAsync(after.Port);
        using var client = new ServerClient(balancer.Address, null);
        using var response = await client.PostAsync("api/publish", "{}");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal((0, 1), (before.Asked, after.Asked));
    }

    private static async Task<string> ReadAsync(ServerClient client, string path, params string[] headers)
    {
        using var response = await client.GetAsync(path, headers);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
