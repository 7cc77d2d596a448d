using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Channels;
using Realtime.Stores;
using Realtime.Testing.Clients;
using Realtime.WebPush.Notifying;
using Realtime.WebPush.Tests.Support;

namespace Realtime.WebPush.Tests.Server;

/// <summary>From a publish to what the browser opens, over the real server.</summary>
public sealed class NotificationTests : IAsyncLifetime
{
    private readonly Browsers _browsers = Browsers.Start();
    private PushService _service = null!;

    public async ValueTask InitializeAsync() => _service = await PushService.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Who_is_away_gets_one_push_that_only_the_browser_can_open()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"), ("Realtime:WebPush:Ttl", "01:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");

        await backend.PublishAsync("user:bob", """{"text":"héllo 👋"}""");
        var push = await _service.NextAsync();

        Assert.Equal("bob", push.Browser);
        Assert.Equal("aes128gcm", push.Headers["Content-Encoding"]);
        Assert.Equal("3600", push.Headers["TTL"]);
        Assert.Equal("normal", push.Headers["Urgency"]);
        Assert.Matches("^[A-Za-z0-9_-]{1,32}$", push.Headers["Topic"]);
        Assert.DoesNotContain("héllo", System.Text.Encoding.UTF8.GetString(push.Body), StringComparison.Ordinal);
        var opened = await _browsers.OpenAsync("bob", push);
        Assert.Equal("""{"channel":"user:bob","offset":1,"unread":1,"type":"message","data":{"text":"héllo 👋"}}""", opened.Content.GetRawText());
        Assert.Equal(_service.Origin, opened.Claims.GetProperty("aud").GetString());
        Assert.Equal("mailto:operator@chat.example", opened.Claims.GetProperty("sub").GetString());
        Assert.InRange(opened.Claims.GetProperty("exp").GetInt64() - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 1, 24 * 60 * 60);
        using var key = await bob.GetAsync("api/push/key");
        Assert.Equal(opened.Key, (await ServerClient.JsonAsync(key)).GetProperty("publicKey").GetString());
    }

    [Fact]
    public async Task Five_messages_are_one_push_about_the_last()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:01"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");

        for (var number = 1; number <= 5; number++)
            await backend.PublishAsync("user:bob", number.ToString(CultureInfo.InvariantCulture));
        var first = await _service.NextAsync();
        await backend.PublishAsync("user:bob", "6");
        var second = await _service.NextAsync();

        var opened = await _browsers.OpenAsync("bob", first);
        Assert.Equal(5, opened.Content.GetProperty("offset").GetInt64());
        Assert.Equal(5, opened.Content.GetProperty("unread").GetInt64());
        Assert.Equal(5, opened.Content.GetProperty("data").GetInt64());
        // A browser that was off all the while gets the second alone.
        Assert.Equal(first.Headers["Topic"], second.Headers["Topic"]);
        Assert.Equal(6, (await _browsers.OpenAsync("bob", second)).Content.GetProperty("offset").GetInt64());
        Assert.Equal(0, _service.Waiting);
    }

    [Theory]
    [InlineData(ReaderKind.WebSocket)]
    [InlineData(ReaderKind.ShortPoll)]
    public async Task Who_is_connected_gets_none(ReaderKind kind)
    {
        await using var server = PushServer.Start(
            ("Realtime:WebPush:After", "00:00:00"), ("Realtime:Presence:LeaveGrace", "00:00:01"), ("Realtime:Presence:PollLease", "00:00:01"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        using var eve = await SubscribeAsync(server, "eve");
        await using var reader = await TestReader.OpenAsync(kind, bob, ["user:bob"]);

        await backend.PublishAsync("user:bob", "1");
        await backend.PublishAsync("user:eve", "1");

        Assert.Equal("eve", (await _service.NextAsync()).Browser);
        await AssertNoneAsync(server, backend);
    }

    [Fact]
    public async Task Who_came_by_while_it_waited_gets_none()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:05"), ("Realtime:Presence:LeaveGrace", "00:00:03"), ("Realtime:Presence:PollLease", "00:00:01"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");

        await backend.PublishAsync("user:bob", "1");
        Assert.Equal(1, server.Services.GetRequiredService<PushNotifier>().Pending);
        await (await TestReader.OpenAsync(ReaderKind.WebSocket, bob, ["user:bob"])).DisposeAsync();

        await AssertNoneAsync(server, backend);
    }

    [Theory]
    [InlineData(ReaderKind.WebSocket)]
    [InlineData(ReaderKind.ShortPoll)]
    public async Task Who_left_just_before_the_message_is_told(ReaderKind kind)
    {
        await using var server = PushServer.Start(
            ("Realtime:WebPush:After", "00:00:00"), ("Realtime:Presence:LeaveGrace", "00:00:02"), ("Realtime:Presence:PollLease", "00:00:02"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        await (await TestReader.OpenAsync(kind, bob, ["user:bob"])).DisposeAsync();

        await backend.PublishAsync("user:bob", "1");

        Assert.Equal("bob", (await _service.NextAsync()).Browser);
    }

    [Fact]
    public async Task Who_has_read_gets_none_and_the_rest_is_counted()
    {
        var markers = new Markers { ["user:bob"] = 1, ["user:eve"] = 1 };
        await using var server = PushServer.StartWith(services => services.AddSingleton<IReadMarkers>(markers), ("Realtime:WebPush:After", "00:00:01"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        using var eve = await SubscribeAsync(server, "eve");

        await backend.PublishAsync("user:bob", "1");
        await backend.PublishRangeAsync("user:eve", 1, 3);

        var push = await _service.NextAsync();
        Assert.Equal("eve", push.Browser);
        Assert.Equal(2, (await _browsers.OpenAsync("eve", push)).Content.GetProperty("unread").GetInt64());
        await AssertNoneAsync(server, backend);
    }

    [Fact]
    public async Task Somebody_else_who_reads_the_channel_is_not_the_user()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        using var monitor = await ServerClient.SignInAsync(server.Address, "monitor", "\"read\":[\"user:*\"]");
        await using var reader = await TestReader.OpenAsync(ReaderKind.WebSocket, monitor, ["user:bob"]);

        await backend.PublishAsync("user:bob", "1");

        Assert.Equal("bob", (await _service.NextAsync()).Browser);
    }

    [Fact]
    public async Task Every_browser_of_the_user_is_told_and_nobody_elses()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        await bob.RegisterAsync(_service.EndpointOf("phone"), await _browsers.SubscribeAsync("phone"));
        using var eve = await SubscribeAsync(server, "eve");

        await backend.PublishAsync("room:bob", "1");
        await backend.PublishAsync("user:bob", "1");
        var pushes = new[] { await _service.NextAsync(), await _service.NextAsync() };

        Assert.Equal(["bob", "phone"], pushes.Select(push => push.Browser).Order());
        Assert.All(await Task.WhenAll(pushes.Select(push => _browsers.OpenAsync(push.Browser, push))), push => Assert.Equal(1, push.Content.GetProperty("unread").GetInt64()));
        await AssertNoneAsync(server, backend);
    }

    [Fact]
    public async Task Data_that_does_not_fit_is_left_out()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");

        await backend.PublishAsync("user:bob", $"\"{new string('x', 5000)}\"");
        var push = await _service.NextAsync();

        Assert.True(push.Body.Length <= 4096);
        Assert.Equal("""{"channel":"user:bob","offset":1,"unread":1,"type":"message"}""", (await _browsers.OpenAsync("bob", push)).Content.GetRawText());
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_subscription_that_its_service_has_forgotten_is_forgotten(int status)
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        var store = server.Services.GetRequiredService<IPushSubscriptionStore>();
        Assert.Single(await store.FindAsync(["bob"], TestContext.Current.CancellationToken));
        _service.Answer(status);

        await backend.PublishAsync("user:bob", "1");
        Assert.Equal(status, (await _service.NextAsync()).Status);

        await Deadline.UntilAsync(
            async () => (await store.FindAsync(["bob"], TestContext.Current.CancellationToken)).Count, count => count == 0, "removal");
        Assert.Equal(HttpStatusCode.NotFound, await bob.UnregisterAsync(_service.EndpointOf("bob")));
    }

    [Fact]
    public async Task An_expired_subscription_is_forgotten_and_not_used()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        var store = server.Services.GetRequiredService<IPushSubscriptionStore>();
        var known = Assert.Single(await store.FindAsync(["bob"], TestContext.Current.CancellationToken));
        await store.PutAsync(known with { ExpiresAt = DateTimeOffset.UtcNow.AddSeconds(-1) }, 10, TestContext.Current.CancellationToken);

        await backend.PublishAsync("user:bob", "1");

        await AssertNoneAsync(server, backend);
        Assert.Empty(await store.FindAsync(["bob"], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_busy_service_is_asked_again_when_it_says(int status)
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        _service.Answer(status, "4");

        await backend.PublishAsync("user:bob", "1");
        Assert.Equal(status, (await _service.NextAsync()).Status);
        var refused = System.Diagnostics.Stopwatch.GetTimestamp();
        var push = await _service.NextAsync();

        Assert.Equal(201, push.Status);
        // Its own pause would have been three seconds at most.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(refused) > TimeSpan.FromSeconds(3.5));
        Assert.Equal(1, (await _browsers.OpenAsync("bob", push)).Content.GetProperty("offset").GetInt64());
    }

    [Fact]
    public async Task A_service_that_finds_it_too_large_gets_it_without_the_data()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        _service.Answer(413);

        await backend.PublishAsync("user:bob", "\"short\"");
        Assert.True((await _browsers.OpenAsync("bob", await _service.NextAsync())).Content.TryGetProperty("data", out _));
        Assert.False((await _browsers.OpenAsync("bob", await _service.NextAsync())).Content.TryGetProperty("data", out _));
    }

    [Fact]
    public async Task A_push_that_is_rejected_is_sent_once_and_the_next_is_sent_all_the_same()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var backend = await server.PublisherAsync();
        using var bob = await SubscribeAsync(server, "bob");
        _service.Answer(400);

        await backend.PublishAsync("user:bob", "1");
        Assert.Equal(400, (await _service.NextAsync()).Status);
        await backend.PublishAsync("user:bob", "2");

        Assert.Equal(2, (await _browsers.OpenAsync("bob", await _service.NextAsync())).Content.GetProperty("offset").GetInt64());
    }

    [Fact]
    public async Task A_broadcast_to_a_thousand_users_notifies_each_who_has_subscribed_of_its_own_channel()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:03"));
        using var backend = await server.PublisherAsync();
        var names = Enumerable.Range(0, 1000).Select(number => $"user{number}").ToList();
        var store = server.Services.GetRequiredService<IPushSubscriptionStore>();
        var keys = await _browsers.SubscribeAsync("all");
        foreach (var name in names)
        {
            await store.PutAsync(
                new PushSubscription(
                    name, _service.EndpointOf(name), System.Buffers.Text.Base64Url.DecodeFromChars(keys.P256dh), System.Buffers.Text.Base64Url.DecodeFromChars(keys.Auth),
                    null, DateTimeOffset.UnixEpoch),
                10, TestContext.Current.CancellationToken);
        }

        using var response = await backend.PostAsync(
            "api/broadcast", JsonSerializer.Serialize(new { channels = names.Select(name => $"user:{name}"), data = "all" }));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1000, server.Services.GetRequiredService<PushNotifier>().Pending);
        var pushes = new List<ReceivedPush>();
        foreach (var _ in names)
            pushes.Add(await _service.NextAsync());

        Assert.Equal(names.Order(StringComparer.Ordinal), pushes.Select(push => push.Browser).Order(StringComparer.Ordinal));
        Assert.Equal(1000, pushes.Select(push => push.Headers["Topic"]).Distinct().Count());
        foreach (var push in pushes)
            Assert.Equal($"user:{push.Browser}", (await _browsers.OpenAsync("all", push)).Content.GetProperty("channel").GetString());
        await AssertNoneAsync(server, backend);
    }

    private async Task<ServerClient> SubscribeAsync(PushServer server, string user)
    {
        var client = await ServerClient.SignInAsync(server.Address, user);
        await client.RegisterAsync(_service.EndpointOf(user), await _browsers.SubscribeAsync(user));
        return client;
    }

    /// <summary>When no message waits for its user any more, a push that was sent because of one is here before that of a message which comes only now.</summary>
    private async Task AssertNoneAsync(PushServer server, ServerClient backend)
    {
        using var last = await SubscribeAsync(server, "last");
        await Deadline.UntilAsync(
            () => Task.FromResult(server.Services.GetRequiredService<PushNotifier>().Pending), pending => pending == 0, "end of waiting");
        await backend.PublishAsync("user:last", "1");
        Assert.Equal("last", (await _service.NextAsync()).Browser);
    }

    private sealed class Markers : Dictionary<string, long>, IReadMarkers
    {
        public ValueTask<long> ReadUpToAsync(ChannelName channel, string user, CancellationToken cancellationToken) =>
            new(channel.Value == $"user:{user}" ? this.GetValueOrDefault(channel.Value) : 0);
    }
}
