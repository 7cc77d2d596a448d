using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Diagnostics;
using Realtime.Stores;
using Realtime.Testing.Clients;
using Realtime.WebPush.Notifying;
using Realtime.WebPush.Tests.Support;

namespace Realtime.WebPush.Tests.Sending;

/// <summary>Where pushes must not go.</summary>
public sealed class GuardedConnectionTests : IAsyncLifetime
{
    private readonly Browsers _browsers = Browsers.Start();
    private PushService _service = null!;

    public async ValueTask InitializeAsync() => _service = await PushService.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task A_name_that_leads_inside_by_now_is_not_connected_to(string host)
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"), ("Realtime:WebPush:AllowLoopback", "false"));
        using var results = new Results(server);
        using var backend = await server.PublisherAsync();
        var keys = await _browsers.SubscribeAsync("bob");
        // As if its name had led elsewhere when it was registered.
        await server.Services.GetRequiredService<IPushSubscriptionStore>().PutAsync(
            new PushSubscription(
                "bob", _service.EndpointOf("bob").Replace("127.0.0.1", host, StringComparison.Ordinal), System.Buffers.Text.Base64Url.DecodeFromChars(keys.P256dh),
                System.Buffers.Text.Base64Url.DecodeFromChars(keys.Auth), null, DateTimeOffset.UnixEpoch),
            10, TestContext.Current.CancellationToken);

        await backend.PublishAsync("user:bob", "1");

        Assert.Equal("forbidden", await results.NextAsync());
        Assert.Equal(0, _service.Waiting);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var results = new Results(server);
        using var backend = await server.PublisherAsync();
        using var bob = await ServerClient.SignInAsync(server.Address, "bob");
        await bob.RegisterAsync($"{_service.Origin}/redirect/bob", await _browsers.SubscribeAsync("bob"));

        await backend.PublishAsync("user:bob", "1");

        Assert.Equal("rejected", await results.NextAsync());
        Assert.Equal(0, _service.Waiting);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_tried_again()
    {
        await using var server = PushServer.Start(("Realtime:WebPush:After", "00:00:00"));
        using var results = new Results(server);
        using var backend = await server.PublisherAsync();
        using var bob = await ServerClient.SignInAsync(server.Address, "bob");
        await bob.RegisterAsync("http://127.0.0.1:1/nobody", await _browsers.SubscribeAsync("bob"));

        await backend.PublishAsync("user:bob", "1");

        Assert.Equal("unavailable", await results.NextAsync());
        Assert.Equal("unavailable", await results.NextAsync());
    }

    /// <summary>What the server counts of its requests to push services.</summary>
    private sealed class Results : IDisposable
    {
        private readonly System.Threading.Channels.Channel<string> _results = System.Threading.Channels.Channel.CreateUnbounded<string>();
        private readonly MeterListener _listener = new();

        internal Results(PushServer server)
        {
            var meter = server.Services.GetRequiredService<RealtimeMetrics>().Meter;
            _ = server.Services.GetRequiredService<PushNotifier>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter && instrument.Name == "realtime.push.requests")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => _results.Writer.TryWrite((string)tags[0].Value!));
            _listener.Start();
        }

        public void Dispose() => _listener.Dispose();

        internal Task<string> NextAsync() => Deadline.WithinAsync(_results.Reader.ReadAsync().AsTask(), "request to a push service");
    }
}
