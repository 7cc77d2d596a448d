using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Stores;
using Realtime.Testing.Clients;
using Realtime.WebPush.Tests.Support;

namespace Realtime.WebPush.Tests.Server;

/// <summary>The calls by which pages subscribe.</summary>
public sealed class SubscriptionTests : IAsyncLifetime
{
    // The receiver of RFC 8291's example.
    private static readonly BrowserKeys Keys = new("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg");

    private readonly PushServer _server = PushServer.Start(("Realtime:WebPush:AllowLoopback", "false"), ("Realtime:WebPush:MaxPerUser", "2"));
    private ServerClient _bob = null!;

    public async ValueTask InitializeAsync() => _bob = await ServerClient.SignInAsync(_server.Address, "bob");

    public ValueTask DisposeAsync()
    {
        _bob.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task What_a_browser_gives_is_taken_renewed_and_given_up()
    {
        var later = DateTimeOffset.UtcNow.AddDays(30).ToUnixTimeMilliseconds() + 0.25;
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put })
        {
            using var response = await _bob.PutSubscriptionAsync(SubscriptionCalls.Json("https://203.0.114.1/a", Keys, later), method);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }

        var kept = Assert.Single(await FindAsync("bob"));
        Assert.Equal("https://203.0.114.1/a", kept.Endpoint);
        Assert.Equal((long)later, kept.ExpiresAt!.Value.ToUnixTimeMilliseconds());
        using var eve = await ServerClient.SignInAsync(_server.Address, "eve");
        Assert.Equal(HttpStatusCode.NotFound, await eve.UnregisterAsync("https://203.0.114.1/a"));
        Assert.Equal(HttpStatusCode.NoContent, await _bob.UnregisterAsync("https://203.0.114.1/a"));
        Assert.Equal(HttpStatusCode.NotFound, await _bob.UnregisterAsync("https://203.0.114.1/a"));
    }

    [Fact]
    public async Task A_user_has_so_many_browsers_and_a_browser_one_user()
    {
        for (var number = 1; number <= 3; number++)
            await _bob.RegisterAsync($"https://203.0.114.1/{number}", Keys);
        Assert.Equal(["https://203.0.114.1/2", "https://203.0.114.1/3"], (await FindAsync("bob")).Select(one => one.Endpoint).Order());

        using var eve = await ServerClient.SignInAsync(_server.Address, "eve");
        await eve.RegisterAsync("https://203.0.114.1/3", Keys);
        Assert.Equal(["https://203.0.114.1/2"], (await FindAsync("bob")).Select(one => one.Endpoint));
    }

    [Theory]
    [InlineData("{}", "keys")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","keys":[]}""", "keys")]
    [InlineData("""{"keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":7,"keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"http://203.0.114.1/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"ftp://203.0.114.1/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"https://user:secret@203.0.114.1/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"https://127.0.0.1/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"https://localhost/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"https://[::ffff:10.0.0.1]/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"https://0x7f000001/a","keys":{"p256dh":"$key","auth":"$auth"}}""", "endpoint")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","keys":{"auth":"$auth"}}""", "keys.p256dh")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","keys":{"p256dh":"$key$key","auth":"$auth"}}""", "keys.p256dh")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","keys":{"p256dh":"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","auth":"$auth"}}""", "keys.p256dh")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","keys":{"p256dh":"$key","auth":"$auth$auth"}}""", "keys.auth")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","keys":{"p256dh":"$key","auth":"not base64url!!!!!!!!"}}""", "keys.auth")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","expirationTime":1000,"keys":{"p256dh":"$key","auth":"$auth"}}""", "expirationTime")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","expirationTime":"soon","keys":{"p256dh":"$key","auth":"$auth"}}""", "expirationTime")]
    [InlineData("""{"endpoint":"https://203.0.114.1/a","expirationTime":1e300,"keys":{"p256dh":"$key","auth":"$auth"}}""", "expirationTime")]
    public async Task What_is_no_subscription_is_refused_by_the_field_that_is_wrong(string json, string field)
    {
        json = json.Replace("$key", Keys.P256dh, StringComparison.Ordinal).Replace("$auth", Keys.Auth, StringComparison.Ordinal);

        using var response = await _bob.PutSubscriptionAsync(json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await ServerClient.JsonAsync(response);
        Assert.Equal("urn:realtime:invalid-request", problem.GetProperty("type").GetString());
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.GetRawText());
        Assert.Empty(await FindAsync("bob"));
    }

    [Fact]
    public async Task An_endpoint_is_long_but_not_without_bound()
    {
        var endpoint = "https://203.0.114.1/".PadRight(PushSubscription.MaxEndpointLength, 'a');
        await _bob.RegisterAsync(endpoint, Keys);
        using var refused = await _bob.PutSubscriptionAsync(SubscriptionCalls.Json(endpoint + "a", Keys));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var large = await _bob.PutSubscriptionAsync(SubscriptionCalls.Json(endpoint.PadRight(9000, 'a'), Keys));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }

    [Fact]
    public async Task Nobody_subscribes_without_a_token_and_nothing_where_it_is_off()
    {
        using var anonymous = new ServerClient(_server.Address, null);
        using var refused = await anonymous.PutSubscriptionAsync(SubscriptionCalls.Json("https://203.0.114.1/a", Keys));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        await using var off = PushServer.Start(("Realtime:WebPush:Enabled", "false"), ("Realtime:WebPush:Subject", ""));
        using var bob = await ServerClient.SignInAsync(off.Address, "bob");
        foreach (var request in new[] { bob.GetAsync("api/push/key"), bob.PutSubscriptionAsync(SubscriptionCalls.Json("https://203.0.114.1/a", Keys)) })
        {
            using var response = await request;
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task Who_reads_a_users_channel_stays_hidden()
    {
        await using var reader = await TestReader.OpenAsync(ReaderKind.WebSocket, _bob, ["user:bob"]);
        using var monitor = await ServerClient.SignInAsync(_server.Address, "monitor", "\"read\":[\"user:*\"],\"pub\":[\"*\"]");
        using var presence = await monitor.GetAsync("api/channels/user:bob/presence");
        Assert.Equal(HttpStatusCode.NotFound, presence.StatusCode);

        await using var other = await TestReader.OpenAsync(ReaderKind.WebSocket, monitor, ["user:bob"]);
        await Deadline.UntilAsync(
            () => _server.Services.GetRequiredService<Realtime.Presence.PresenceRegistry>()
                .ReadAsync(Realtime.Channels.ChannelName.Parse("user:bob"), 10, TestContext.Current.CancellationToken).AsTask(),
            list => list?.Count == 2, "second reader");
        await monitor.PublishAsync("user:bob", "1");
        // A join would have come before it.
        ReaderEvent next;
        do
            next = await reader.NextAsync("message");
        while (next is PingEvent);
        Assert.Single(Assert.IsType<BatchEvent>(next).Messages);
    }

    private async Task<IReadOnlyList<PushSubscription>> FindAsync(string user) =>
        await _server.Services.GetRequiredService<IPushSubscriptionStore>().FindAsync([user], TestContext.Current.CancellationToken);
}
