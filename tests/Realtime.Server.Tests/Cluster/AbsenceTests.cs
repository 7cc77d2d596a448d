using System.Net;
using Realtime.Server.Tests.Faults;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;

namespace Realtime.Server.Tests.Cluster;

/// <summary>What a node does whose PostgreSQL or broker is not there at its start, or does not let it in: it says so, waits, and needs nobody to start it again.</summary>
public sealed class AbsenceTests
{
    [Fact]
    public async Task A_node_waits_for_a_store_and_a_broker_that_start_after_it()
    {
        using var folder = new TemporaryFolder();
        await using var postgres = PrivateService.Create("postgres");
        await using var broker = PrivateService.Create("rabbitmq");
        await using var node = await StartAsync(folder, postgres.Address, broker.Address);
        using var alice = new ServerClient(node.Address, TestToken.Create("alice", TimeSpan.FromMinutes(10)));

        await BecomesAsync(node, 503, "unreachable", "unreachable");
        using (var refused = await alice.PostAsync("api/channels/room:a/messages", """{"data":1}"""))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        using (var anonymous = await alice.GetAsync("healthz"))
            Assert.Equal(HttpStatusCode.OK, anonymous.StatusCode);
        await postgres.StartAsync();
        await BecomesAsync(node, 200, "ready", "unreachable");
        await alice.PublishAsync("room:a", "1");
        await broker.StartAsync();
        await BecomesAsync(node, 200, "ready", "ready");
        await alice.PublishAsync("room:a", "2");
        Assert.Equal(2, await alice.HeadAsync("room:a"));
    }

    [Fact]
    public async Task Wrong_credentials_are_told_and_waited_out_and_never_shown()
    {
        using var folder = new TemporaryFolder();
        await using var postgres = await PrivateService.StartNewAsync("postgres");
        await using var broker = await PrivateService.StartNewAsync("rabbitmq");
        await using var node = await StartAsync(
            folder, postgres.Address.Replace("Database=postgres", "Database=nowhere;Password=hush-hush", StringComparison.Ordinal), broker.Address.Replace("guest:guest", "guest:hush-hush", StringComparison.Ordinal));

        await BecomesAsync(node, 503, "unreachable", "unreachable");
        await broker.ControlAsync("change_password", "guest", "hush-hush");
        await BecomesAsync(node, 503, "unreachable", "ready");
        node.Terminate();
        await node.ExitedAsync();

        Assert.Equal(0, node.ExitCode);
        Assert.Contains("nowhere", node.Output, StringComparison.Ordinal);
        Assert.Contains("guest", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush-hush", node.Output + node.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Realtime:Store:ConnectionString", "Host=", "Realtime:Store:ConnectionString")]
    [InlineData("Realtime:Store:ConnectionString", "", "Realtime:Store:ConnectionString")]
    [InlineData("Realtime:Store:Schema", "no schema", "Realtime:Store:Schema")]
    [InlineData("Realtime:Store:Kind", "sqlite", "Realtime:Backbone:Kind")]
    [InlineData("Realtime:Backbone:ConnectionString", "http://localhost", "Realtime:Backbone:ConnectionString")]
    [InlineData("Realtime:Backbone:ConnectionString", "", "Realtime:Backbone:ConnectionString")]
    [InlineData("Realtime:Backbone:Overflow", "spill", "Realtime:Backbone:Overflow")]
    [InlineData("Realtime:Backbone:Prefetch", "-1", "Realtime:Backbone:Prefetch")]
    public async Task Settings_that_can_never_work_stop_the_start(string name, string value, string named)
    {
        using var folder = new TemporaryFolder();
        await using var node = await ServerProcess.RefuseAsync(
            "Development", folder.Path, [.. Settings("Host=127.0.0.1;Port=1;Username=app", "amqp://127.0.0.1:1/"), (name, value)]);

        Assert.NotEqual(0, node.ExitCode);
        Assert.Contains(named, node.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', node.Errors);
    }

    private static Task<ServerProcess> StartAsync(TemporaryFolder folder, string store, string broker) =>
        ServerProcess.StartAsync(folder.Path, Settings(store, broker));

    private static (string Name, string Value)[] Settings(string store, string broker) =>
    [
        ("Realtime:Store:Kind", "postgres"),
        ("Realtime:Store:ConnectionString", store),
        ("Realtime:Backbone:Kind", "rabbitmq"),
        ("Realtime:Backbone:ConnectionString", broker),
        ("Realtime:Auth:HmacKey", TestToken.HmacKey),
    ];

    private static async Task BecomesAsync(ServerProcess node, int status, string store, string backbone)
    {
        using var anonymous = new ServerClient(node.Address, null);
        await Deadline.UntilAsync(
            async () =>
            {
                using var response = await anonymous.GetAsync("readyz");
                var body = await ServerClient.JsonAsync(response);
                return (Status: (int)response.StatusCode, Store: body.GetProperty("store").GetString(), Backbone: body.GetProperty("backbone").GetString());
            },
            seen => seen == (status, store, backbone),
            $"/readyz that says {status}, store {store}, backbone {backbone}");
    }
}
