using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Cluster;

/// <summary>What an operator dreads, under load on all transports: afterwards nothing acknowledged is missing anywhere, and meanwhile <c>/readyz</c> tells the truth.</summary>
public sealed class FaultTests
{
    private const int Between = 300;

    [Theory]
    [InlineData("rabbitmq")]
    [InlineData("redis")]
    public async Task Nodes_are_killed_and_come_back(string backbone)
    {
        await using var cluster = await ServerCluster.StartAsync(backbone);
        await using var load = await ClusterLoad.StartAsync(cluster, seed: 11);
        await load.RunAsync(Between);
        for (var node = 0; node < cluster.Count; node++)
        {
            await cluster.KillNodeAsync(node);
            await load.RunAsync(Between);
            await cluster.StartNodeAsync(node);
            await load.RunAsync(Between);
        }

        await load.AccountAsync();
    }

    [Fact]
    public async Task Nodes_are_replaced_one_after_the_other()
    {
        await using var cluster = await ServerCluster.StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster, seed: 12);
        await load.RunAsync(Between);
        for (var node = 0; node < cluster.Count; node++)
        {
            await cluster.StopNodeAsync(node);
            await cluster.StartNodeAsync(node);
            await cluster.StateBecomesAsync(node, 200, "ready");
            await load.RunAsync(Between);
        }

        await load.AccountAsync();
    }

    [Theory]
    [InlineData("rabbitmq")]
    [InlineData("rabbitmq-stream")]
    [InlineData("redis")]
    public async Task The_broker_is_stopped_killed_and_started(string backbone)
    {
        await using var cluster = await ServerCluster.StartAsync(backbone);
        await using var load = await ClusterLoad.StartAsync(cluster, seed: 13);
        await load.RunAsync(Between);
        await cluster.Broker.StopAsync();
        await AllBecomeAsync(cluster, 200, "degraded");
        await load.RunAsync(Between);
        await cluster.Broker.StartAsync();
        await AllBecomeAsync(cluster, 200, "ready");
        await load.RunAsync(Between);
        await cluster.Broker.KillAsync();
        await load.RunAsync(Between);
        await cluster.Broker.StartAsync();
        await AllBecomeAsync(cluster, 200, "ready");
        await load.RunAsync(Between);

        await load.AccountAsync();
    }

    [Fact]
    public async Task The_broker_hangs_as_if_the_network_to_it_were_cut()
    {
        await using var cluster = await ServerCluster.StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster, seed: 14);
        await load.RunAsync(Between);
        await cluster.Broker.FreezeAsync();
        await AllBecomeAsync(cluster, 200, "degraded");
        await load.RunAsync(Between);
        await cluster.Broker.ThawAsync();
        await AllBecomeAsync(cluster, 200, "ready");
        await load.RunAsync(Between);

        await load.AccountAsync();
    }

    [Fact]
    public async Task PostgreSQL_is_restarted_and_killed()
    {
        await using var cluster = await ServerCluster.StartAsync();
        await using var load = await ClusterLoad.StartAsync(cluster, seed: 15);
        await load.RunAsync(Between);
        await cluster.Postgres.StopAsync();
        await AllBecomeAsync(cluster, 503, "unavailable");
        await Deadline.UntilAsync(() => Task.FromResult(load.Refused), refused => refused > 0, "publish that is refused while the store is away");
        await cluster.Postgres.StartAsync();
        await AllBecomeAsync(cluster, 200, "ready");
        await load.RunAsync(Between);
        await cluster.Postgres.KillAsync();
        await cluster.Postgres.StartAsync();
        await AllBecomeAsync(cluster, 200, "ready");
        await load.RunAsync(Between);

        await load.AccountAsync();
    }

    [Fact]
    public async Task A_node_falls_behind_and_delays_no_other()
    {
        await using var cluster = await ServerCluster.StartAsync(settings: [("Realtime:Backbone:QueueLimit", "50"), ("Realtime:Backbone:Prefetch", "10")]);
        await cluster.StopNodeAsync(1);
        await cluster.StartNodeAsync(1, ("Realtime:Backbone:Slowdown", "00:00:00.200"));
        await using var load = await ClusterLoad.StartAsync(cluster, seed: 16);
        await load.RunAsync(10 * Between);

        await load.AccountAsync();
    }

    private static async Task AllBecomeAsync(ServerCluster cluster, int status, string state)
    {
        for (var node = 0; node < cluster.Count; node++)
            await cluster.StateBecomesAsync(node, status, state, TimeSpan.FromSeconds(60));
    }
}
