using System.Net;
using System.Text.Json;
using Realtime.Server.Tests.Faults;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;

namespace Realtime.Server.Tests.Cluster;

/// <summary>Several nodes, each a process, with a PostgreSQL and a broker of their own behind the product's balancer.</summary>
internal sealed class ServerCluster : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int[] _ports;
    private readonly ServerProcess?[] _nodes;
    private readonly (string Name, string Value)[] _settings;

    private ServerCluster(PrivateService postgres, PrivateService broker, string backbone, int nodes, (string Name, string Value)[] settings)
    {
        Postgres = postgres;
        Broker = broker;
        _ports = [.. Enumerable.Range(0, nodes).Select(_ => ServiceScript.FreePort())];
        _nodes = new ServerProcess?[nodes];
        _settings =
        [
            ("Realtime:Store:Kind", "postgres"),
            ("Realtime:Store:ConnectionString", postgres.Address),
            ("Realtime:Backbone:Kind", backbone),
            ("Realtime:Backbone:ConnectionString", broker.Address),
            // Every message is accounted for in the end, so none may be trimmed before.
            ("Realtime:Retention:Default:MaxMessages", "1000000"),
            // A broker that hangs is noticed within seconds.
            ("Realtime:Backbone:Heartbeat", "00:00:01"),
            ("Realtime:Backbone:ConfirmTimeout", "00:00:03"),
            .. settings,
        ];
    }

    internal PrivateService Postgres { get; }

    /// <summary>RabbitMQ or Redis, as the backbone is.</summary>
    internal PrivateService Broker { get; }

    internal NginxProcess Balancer { get; private set; } = null!;

    internal int Count => _nodes.Length;

    /// <summary>Starts all of it.</summary>
    /// <param name="backbone">The kind of the backbone, which decides on the broker.</param>
    /// <param name="nodes">How many nodes.</param>
    /// <param name="settings">More settings of every node.</param>
    internal static async Task<ServerCluster> StartAsync(string backbone = "rabbitmq", int nodes = 2, params (string Name, string Value)[] settings)
    {
        var cluster = new ServerCluster(
            PrivateService.Create("postgres"), PrivateService.Create(backbone == "redis" ? "redis" : "rabbitmq"), backbone, nodes, settings);
        await Task.WhenAll(cluster.Postgres.StartAsync(), cluster.Broker.StartAsync());
        await Task.WhenAll(Enumerable.Range(0, nodes).Select(node => cluster.StartNodeAsync(node)));
        cluster.Balancer = await NginxProcess.StartNewAsync(cluster._ports);
        for (var node = 0; node < nodes; node++)
            await cluster.StateBecomesAsync(node, 200, "ready");
        return cluster;
    }

    /// <summary>Where a node listens, past the balancer.</summary>
    internal Uri AddressOf(int node) => new($"http://127.0.0.1:{ServiceScript.Text(_ports[node])}/");

    internal async Task StartNodeAsync(int node, params (string Name, string Value)[] settings) => _nodes[node] = await ServerProcess.StartAsync(
        _folder.Path,
        [.. _settings, ("Urls", AddressOf(node).ToString()), ("Realtime:Backbone:NodeName", $"node{node}"), .. settings]);

    internal async Task KillNodeAsync(int node)
    {
        await _nodes[node]!.KillAsync();
        await _nodes[node]!.DisposeAsync();
        _nodes[node] = null;
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    internal async Task StopNodeAsync(int node)
    {
        _nodes[node]!.Terminate();
        await _nodes[node]!.ExitedAsync();
        Assert.Equal(0, _nodes[node]!.ExitCode);
        await _nodes[node]!.DisposeAsync();
        _nodes[node] = null;
    }

    /// <summary>Waits until <c>/readyz</c> of a node says what it should.</summary>
    internal async Task StateBecomesAsync(int node, int status, string state, TimeSpan? limit = null)
    {
        using var anonymous = new ServerClient(AddressOf(node), null);
        await Deadline.UntilAsync(
            async () =>
            {
                using var response = await anonymous.GetAsync("readyz");
                var body = await ServerClient.JsonAsync(response);
                return (Status: response.StatusCode, Body: body.ToString(), State: body.GetProperty("status").GetString());
            },
            seen => seen.Status == (HttpStatusCode)status && seen.State == state,
            $"/readyz of node {node} that says {status} {state}",
            limit);
    }

    /// <summary>What a node says of itself and the others.</summary>
    internal async Task<JsonElement> NodesAsync(ServerClient user, int node)
    {
        using var direct = user.Through(AddressOf(node));
        using var response = await direct.GetAsync("api/nodes");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await ServerClient.JsonAsync(response);
    }

    public async ValueTask DisposeAsync()
    {
        if (Balancer is not null)
            await Balancer.DisposeAsync();
        foreach (var node in _nodes)
        {
            if (node is not null)
                await node.DisposeAsync();
        }

        await Broker.DisposeAsync();
        await Postgres.DisposeAsync();
        _folder.Dispose();
    }
}
