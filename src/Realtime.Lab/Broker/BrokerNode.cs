using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Realtime.Backbones;
using Realtime.Delivery;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Stores;

namespace Realtime.Lab.Broker;

/// <summary>A node as the server composes it, without its web half: the product's code, a backbone of its own, and the store that all nodes of the run share.</summary>
internal sealed class BrokerNode : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly NodeMeters _meters = new();
    private readonly Stack<IHostedService> _started = [];

    private BrokerNode(string name, IMessageStore store, Func<IBackbone> backbone, TimeProvider time, ILoggerFactory loggers)
    {
        var services = new ServiceCollection();
        services.AddSingleton(time).AddSingleton(loggers).AddLogging();
        services.AddSingleton<IMeterFactory>(_meters);
        services.AddRealtimeCore();
        services.AddSingleton(store);
        // Made by the container, so that it is the container's to dispose.
        services.AddSingleton(_ => backbone());
        services.Configure<BackboneOptions>(options => options.NodeName = name);
        services.Configure<DeliveryOptions>(options => options.Pumps = 1);
        _services = services.BuildServiceProvider();
    }

    /// <summary>What the node counts.</summary>
    public NodeMeters Meters => _meters;

    /// <summary>How the node is, every hop of it.</summary>
    public NodeStatus Status => _services.GetRequiredService<NodeReporter>().Current;

    public Publisher Publisher => _services.GetRequiredService<Publisher>();

    public SessionRegistry Sessions => _services.GetRequiredService<SessionRegistry>();

    /// <summary>How long every frame takes longer than it must.</summary>
    public TimeSpan Slowdown
    {
        get => _services.GetRequiredService<FrameReceiver>().Slowdown;
        set => _services.GetRequiredService<FrameReceiver>().Slowdown = value;
    }

    /// <summary>Starts a node.</summary>
    public static async Task<BrokerNode> StartAsync(
        string name, IMessageStore store, Func<IBackbone> backbone, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var node = new BrokerNode(name, store, backbone, time, loggers);
        try
        {
            node._services.GetRequiredService<IStartupValidator>().Validate();
            foreach (var service in node._services.GetServices<IHostedService>())
            {
                await service.StartAsync(cancellationToken);
                node._started.Push(service);
            }

            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Slowdown = TimeSpan.Zero;
        while (_started.TryPop(out var service))
            await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        _meters.Dispose();
    }
}
