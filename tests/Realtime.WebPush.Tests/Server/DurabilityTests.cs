using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Realtime.Backbones;
using Realtime.Stores;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;
using Realtime.WebPush.Notifying;
using Realtime.WebPush.Tests.Support;

namespace Realtime.WebPush.Tests.Server;

/// <summary>What outlives a server, and what nodes share.</summary>
public sealed class DurabilityTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("realtime-test-");
    private readonly Browsers _browsers = Browsers.Start();
    private PushService _service = null!;

    public async ValueTask InitializeAsync() => _service = await PushService.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _service.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Subscriptions_and_the_key_survive_a_restart_and_what_waited_does_not()
    {
        OpenedPush before;
        await using (var server = Embedded("00:01:00"))
        {
            using var bob = await ServerClient.SignInAsync(server.Address, "bob");
            await bob.RegisterAsync(_service.EndpointOf("bob"), await _browsers.SubscribeAsync("bob"));
            using var backend = await server.PublisherAsync();
            await backend.PublishAsync("user:bob", "1");
            Assert.Equal(1, server.Services.GetRequiredService<PushNotifier>().Pending);
        }

        await using (var server = Embedded("00:00:00"))
        {
            Assert.Equal(0, server.Services.GetRequiredService<PushNotifier>().Pending);
            using var backend = await server.PublisherAsync();
            await backend.PublishAsync("user:bob", "2");
            before = await _browsers.OpenAsync("bob", await _service.NextAsync());
            Assert.Equal(2, before.Content.GetProperty("unread").GetInt64());
        }

        await using (var server = Embedded("00:00:00"))
        {
            using var backend = await server.PublisherAsync();
            await backend.PublishAsync("user:bob", "3");
            var after = await _browsers.OpenAsync("bob", await _service.NextAsync());
            Assert.Equal(3, after.Content.GetProperty("offset").GetInt64());
            Assert.Equal(before.Key, after.Key);
        }
    }

    [Fact]
    public async Task Nodes_share_subscriptions_and_the_key_and_the_one_that_committed_sends()
    {
        await using var schema = new TestSchema(TestServices.Postgres);
        var exchange = new InProcessExchange();
        await using var first = Node(exchange, schema.Name);
        await using var second = Node(exchange, schema.Name);
        using var bob = await ServerClient.SignInAsync(first.Address, "bob");
        await bob.RegisterAsync(_service.EndpointOf("bob"), await _browsers.SubscribeAsync("bob"));
        using var eve = await ServerClient.SignInAsync(first.Address, "eve");
        await eve.RegisterAsync(_service.EndpointOf("eve"), await _browsers.SubscribeAsync("eve"));
        using var backend = await second.PublisherAsync();

        // Bob reads on the node that does not commit.
        await using (await TestReader.OpenAsync(ReaderKind.WebSocket, bob, ["user:bob"]))
        {
            await backend.PublishAsync("user:bob", "1");
            await Deadline.UntilAsync(
                () => Task.FromResult(second.Services.GetRequiredService<PushNotifier>().Pending), pending => pending == 0, "end of waiting");
            await backend.PublishAsync("user:eve", "1");
            Assert.Equal("eve", (await _service.NextAsync()).Browser);
        }

        await backend.PublishAsync("user:bob", "2");
        var push = await _service.NextAsync();

        Assert.Equal("bob", push.Browser);
        var opened = await _browsers.OpenAsync("bob", push);
        using var key = await bob.GetAsync("api/push/key");
        Assert.Equal((await ServerClient.JsonAsync(key)).GetProperty("publicKey").GetString(), opened.Key);
        Assert.Equal(0, _service.Waiting);
        await first.Services.GetRequiredService<IPushSubscriptionStore>().RemoveAsync(_service.EndpointOf("bob"), null, TestContext.Current.CancellationToken);
        Assert.Empty(await second.Services.GetRequiredService<IPushSubscriptionStore>().FindAsync(["bob"], TestContext.Current.CancellationToken));
    }

    private PushServer Embedded(string after) => PushServer.Start(
        ("Realtime:Store:Kind", "sqlite"), ("Realtime:Store:Path", Path.Combine(_folder.FullName, "realtime.db")), ("Realtime:WebPush:After", after));

    private static PushServer Node(InProcessExchange exchange, string schema) => PushServer.StartWith(
        services => services.AddSingleton<IBackbone>(new InProcessBackbone(exchange)),
        ("Realtime:Store:Kind", "postgres"), ("Realtime:Store:ConnectionString", TestServices.Postgres), ("Realtime:Store:Schema", schema),
        ("Realtime:Store:MaxConnections", "8"), ("Realtime:WebPush:After", "00:00:00"), ("Realtime:Presence:LeaveGrace", "00:00:00"),
        ("Realtime:Presence:PollLease", "00:00:01"));

    /// <summary>A schema of one test's own, dropped at the end.</summary>
    private sealed class TestSchema(string connectionString) : IAsyncDisposable
    {
        internal string Name { get; } = $"test_{Guid.NewGuid():n}";

        public async ValueTask DisposeAsync()
        {
            await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"SET client_min_messages = warning; DROP SCHEMA IF EXISTS {Name} CASCADE", connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
