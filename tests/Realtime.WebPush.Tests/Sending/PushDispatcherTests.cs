using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Channels;
using Realtime.Diagnostics;
using Realtime.Stores;
using Realtime.Testing.Fakes;
using Realtime.WebPush.Encryption;
using Realtime.WebPush.Notifying;
using Realtime.WebPush.Sending;
using Realtime.WebPush.Subscriptions;
using Realtime.WebPush.Tests.Support;

namespace Realtime.WebPush.Tests.Sending;

/// <summary>The queue of pushes, with a real push service behind it.</summary>
public sealed class PushDispatcherTests : IAsyncLifetime, IHttpClientFactory
{
    private readonly WebPushOptions _options = new() { Enabled = true, Subject = "mailto:operator@chat.example", AllowLoopback = true, MaxPending = 3, MaxParallel = 2 };
    private readonly MemoryMeterFactory _meters = new();
    private readonly VapidKeyring _keyring = new(null, null);
    private PushService _service = null!;
    private PushDispatcher _dispatcher = null!;
    private SocketsHttpHandler _handler = null!;

    public async ValueTask InitializeAsync()
    {
        _service = await PushService.StartAsync();
        await _keyring.LoadAsync(TestContext.Current.CancellationToken);
        _handler = GuardedConnections.CreateHandler(new EndpointRules(_options), _options);
        _dispatcher = new PushDispatcher(
            new PushClient(this, _keyring, _options, TimeProvider.System), new InMemoryPushSubscriptionStore(), _options, new WebPushMetrics(new RealtimeMetrics(_meters)),
            TimeProvider.System, NullLogger<PushDispatcher>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _dispatcher.StopAsync(CancellationToken.None);
        _dispatcher.Dispose();
        _handler.Dispose();
        _keyring.Dispose();
        _meters.Dispose();
        await _service.DisposeAsync();
    }

    public HttpClient CreateClient(string name) => new(_handler, disposeHandler: false);

    [Fact]
    public async Task When_too_many_wait_the_oldest_are_dropped()
    {
        foreach (var browser in new[] { "a", "b", "c", "d", "e" })
            _dispatcher.Enqueue(Delivery(browser));
        await _dispatcher.StartAsync(TestContext.Current.CancellationToken);

        var browsers = new[] { await _service.NextAsync(), await _service.NextAsync(), await _service.NextAsync() }.Select(push => push.Browser);

        Assert.Equal(["c", "d", "e"], browsers.Order());
        Assert.Equal(0, _service.Waiting);
    }

    [Fact]
    public async Task A_push_that_cannot_be_made_does_not_end_the_sending_of_others()
    {
        await _dispatcher.StartAsync(TestContext.Current.CancellationToken);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            var broken = Delivery("broken");
            _dispatcher.Enqueue(broken with { Subscription = broken.Subscription with { PublicKey = new byte[65] } });
        }

        _dispatcher.Enqueue(Delivery("sound"));

        Assert.Equal("sound", (await _service.NextAsync()).Browser);
    }

    private PushDelivery Delivery(string browser) => new(
        new PushSubscription(
            browser, _service.EndpointOf(browser),
            System.Buffers.Text.Base64Url.DecodeFromChars("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"), new byte[16], null,
            DateTimeOffset.UnixEpoch),
        new Notification(ChannelName.Parse($"user:{browser}"), 1, "message", "1"u8.ToArray()), 1);
}
