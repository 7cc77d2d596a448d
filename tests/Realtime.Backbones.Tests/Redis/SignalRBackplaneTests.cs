using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Realtime.Backbones.Redis;
using Realtime.Stores;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;
using Realtime.Transports;
using Realtime.Transports.Access;
using StackExchange.Redis;

namespace Realtime.Backbones.Tests.Redis;

/// <summary>Two nodes of an application that embeds the product and has a hub of its own.</summary>
public sealed class SignalRBackplaneTests : IAsyncLifetime
{
    private readonly string _prefix = RedisMembers.NewPrefix();
    private readonly InMemoryMessageStore _store = new(new MessageStoreOptions());
    private readonly List<WebApplication> _nodes = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_group_send_of_the_applications_hub_reaches_clients_of_the_other_node(bool backboneFirst)
    {
        var (a, b) = (await StartNodeAsync(backboneFirst), await StartNodeAsync(backboneFirst));
        await using var alice = await ConnectAsync(a);
        await using var bob = await ConnectAsync(b);
        await using var carol = await ConnectAsync(b);
        var heard = Heard(bob);
        var overheard = Heard(carol);
        await bob.InvokeAsync("Join", "x", Cancel);
        await carol.InvokeAsync("Join", "y", Cancel);

        await alice.InvokeAsync("Say", "x", "hello", Cancel);
        Assert.Equal("hello", await Deadline.WithinAsync(heard, "word from the other node"));
        await alice.InvokeAsync("Say", "y", "to carol", Cancel);

        // What she heard first is what was meant for her group.
        Assert.Equal("to carol", await Deadline.WithinAsync(overheard, "word from the other node"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_products_hub_delivers_from_the_log_on_both_nodes_and_leaves_the_backplane_alone(bool backboneFirst)
    {
        var (a, b) = (await StartNodeAsync(backboneFirst), await StartNodeAsync(backboneFirst));
        using var alice = new ServerClient(Address(a), TestToken.Create("alice", TimeSpan.FromHours(1)));
        using var bob = new ServerClient(Address(b), TestToken.Create("bob", TimeSpan.FromHours(1)));
        await using var here = new HubReader(alice, ["room"], null, messagePack: false);
        await using var there = new HubReader(bob, ["room"], null, messagePack: true);
        await here.ConnectAsync();
        await there.ConnectAsync();

        for (var number = 1; number <= 20; number++)
            await alice.PublishAsync("room", $"{number}");

        Assert.Equal(Enumerable.Range(1, 20).Select(offset => (long)offset), await OffsetsAsync(here, 20));
        Assert.Equal(Enumerable.Range(1, 20).Select(offset => (long)offset), await OffsetsAsync(there, 20));
        Assert.Equal("RealtimeHubLifetimeManager", ManagerOf(a, ProductHub).Name);
        Assert.Equal(typeof(RedisHubLifetimeManager<>), ManagerOf(a, typeof(ChatHub)).GetGenericTypeDefinition());
        await using var redis = await ConnectionMultiplexer.ConnectAsync(TestServices.Redis);
        // Asking for the manager of the application's hub made it connect.
        var channels = await Deadline.UntilAsync(
            async () => ((string[])(await redis.GetDatabase().ExecuteAsync("PUBSUB", "CHANNELS", _prefix + "signalr:*"))!),
            found => found.Any(channel => channel.Contains("ChatHub", StringComparison.Ordinal)),
            "connection of the application's hub");
        Assert.All(channels, channel => Assert.DoesNotContain("RealtimeHub", channel, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backplane_alone_can_be_had_with_another_backbone()
    {
        var (a, b) = (await StartNodeAsync(AddBackplaneAlone), await StartNodeAsync(AddBackplaneAlone));
        await using var alice = await ConnectAsync(a);
        await using var bob = await ConnectAsync(b);
        var heard = Heard(bob);
        await bob.InvokeAsync("Join", "x", Cancel);

        await alice.InvokeAsync("Say", "x", "hello", Cancel);

        Assert.Equal("hello", await Deadline.WithinAsync(heard, "word from the other node"));
        Assert.Equal("inprocess", a.Services.GetRequiredService<IBackbone>().Kind);

        void AddBackplaneAlone(IServiceCollection services) => services.AddRealtime().AddSignalRRedisBackplane(TestServices.Redis, _prefix);
    }

    private static Type ProductHub => typeof(RealtimeEndpoints).Assembly.GetType("Realtime.Transports.SignalR.RealtimeHub", throwOnError: true)!;

    private static Type ManagerOf(WebApplication node, Type hub) =>
        node.Services.GetRequiredService(typeof(HubLifetimeManager<>).MakeGenericType(hub)).GetType();

    private static Uri Address(WebApplication node) => new(node.Urls.Single());

    private static async Task<IReadOnlyList<long>> OffsetsAsync(HubReader reader, int count)
    {
        var offsets = new List<long>();
        while (offsets.Count < count)
        {
            // Between the messages the hub tells who came.
            if (await reader.NextAsync($"message {offsets.Count + 1} of {count}") is BatchEvent batch)
                offsets.AddRange(batch.Messages.Select(message => message.Offset!.Value));
        }

        return offsets;
    }

    private static Task<string> Heard(HubConnection connection)
    {
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.On<string>("said", text => heard.TrySetResult(text));
        return heard.Task;
    }

    private static async Task<HubConnection> ConnectAsync(WebApplication node)
    {
        var connection = new HubConnectionBuilder().WithUrl(new Uri(Address(node), "chat")).Build();
        await connection.StartAsync(Cancel);
        return connection;
    }

    private Task<WebApplication> StartNodeAsync(bool backboneFirst) => StartNodeAsync(services =>
    {
        if (!backboneFirst)
            services.AddRealtime();
        services.AddRedisBackbone(options =>
        {
            options.ConnectionString = TestServices.Redis;
            options.ChannelPrefix = _prefix;
        });
        if (backboneFirst)
            services.AddRealtime();
    });

    private async Task<WebApplication> StartNodeAsync(Action<IServiceCollection> add)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IMessageStore>(_store);
        builder.Services.Configure<RealtimeAuthOptions>(auth => auth.HmacKey = TestToken.HmacKey);
        add(builder.Services);
        var node = builder.Build();
        node.MapRealtime();
        node.MapHub<ChatHub>("/chat");
        await node.StartAsync(Cancel);
        _nodes.Add(node);
        return node;
    }

    public sealed class ChatHub : Hub
    {
        public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

        public Task Say(string group, string text) => Clients.Group(group).SendAsync("said", text);
    }
}
