using Realtime.Lab.Meters;
using Realtime.Lab.Scenarios;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Nodes;

/// <summary>Two nodes of one deployment, each a process: they share a PostgreSQL schema and a RabbitMQ exchange that nobody else uses.</summary>
internal sealed class NodePair : IAsyncDisposable
{
    private readonly ServerProcess _first, _second;

    private NodePair(ServerProcess first, ServerProcess second)
    {
        (_first, _second) = (first, second);
        FirstMeter = new ProcessMeter(first.Target.ProcessId!.Value);
    }

    public ServerTarget First => _first.Target;

    public ServerTarget Second => _second.Target;

    public ProcessMeter FirstMeter { get; }

    public static async Task<NodePair> StartAsync(LabHost host, NodesSettings settings, CancellationToken cancellationToken)
    {
        var run = Guid.NewGuid().ToString("N")[..8];
        var first = await StartAsync(host, settings, run, "a", cancellationToken).ConfigureAwait(false);
        try
        {
            return new NodePair(first, await StartAsync(host, settings, run, "b", cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await first.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        FirstMeter.Dispose();
        await _first.DisposeAsync().ConfigureAwait(false);
        await _second.DisposeAsync().ConfigureAwait(false);
    }

    private static Task<ServerProcess> StartAsync(LabHost host, NodesSettings settings, string run, string node, CancellationToken cancellationToken) =>
        host.StartNodeAsync(
            new Dictionary<string, string>
            {
                ["Realtime__Store__ConnectionString"] = settings.PostgreSql,
                ["Realtime__Store__Schema"] = $"lab_{run}",
                ["Realtime__Backbone__Kind"] = "rabbitmq",
                ["Realtime__Backbone__ConnectionString"] = settings.RabbitMq,
                ["Realtime__Backbone__Exchange"] = $"lab.{run}",
                ["Realtime__Backbone__NodeName"] = $"lab-{run}-{node}",
                ["Realtime__Backbone__QueueExpiry"] = "00:00:30",
                // Two nodes sign with one key: each takes the tokens of the other.
                ["Realtime__Auth__HmacKey"] = $"a key that the nodes of run {run} share",
            },
            cancellationToken);
}
