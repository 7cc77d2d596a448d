using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Realtime.Feeds;
using Realtime.Feeds.Advice;
using Realtime.Feeds.Live;
using Realtime.Feeds.Timelines;
using Realtime.Lab.Broker;
using Realtime.Publishing;
using Realtime.Stores;

namespace Realtime.Lab.Feeds;

/// <summary>A node with feeds as the server composes it, without its web half, over stores in memory.</summary>
internal sealed class FeedNode : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly NodeMeters _meters = new();
    private readonly Stack<IHostedService> _started = [];

    private FeedNode(FeedOptions options, TimeProvider time)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(time).AddSingleton<IMeterFactory>(_meters).AddSingleton(options).AddSingleton<IFanoutDispatcher>(Fanout);
        services.AddSingleton<IMessageStore>(provider => new InMemoryMessageStore(provider.GetRequiredService<MessageStoreOptions>()));
        services.AddRealtimeCore();
        services.AddRealtimeFeeds();
        _services = services.BuildServiceProvider();
        Feeds = Get<IFeeds>();
        Publisher = Get<Publisher>();
    }

    public StepwiseFanout Fanout { get; } = new();

    public IFeeds Feeds { get; }

    public Publisher Publisher { get; }

    public IFollowGraph Graph => Get<IFollowGraph>();

    public IMailboxStore Mailboxes => Get<IMailboxStore>();

    public UnitCostMeter UnitCosts => Get<UnitCostMeter>();

    /// <summary>What feeds did since the start.</summary>
    public FeedTotals Totals => Get<FeedMetrics>().Totals;

    public static async Task<FeedNode> StartAsync(FeedOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var node = new FeedNode(options, time);
        foreach (var service in node._services.GetServices<IHostedService>())
        {
            await service.StartAsync(cancellationToken);
            node._started.Push(service);
        }

        return node;
    }

    /// <summary>Lets what goes on behind posts and reads be done.</summary>
    public async ValueTask SettleAsync(CancellationToken cancellationToken)
    {
        await Get<ReaderActivity>().FlushAsync(cancellationToken);
        await Get<MailboxKeeper>().WhenIdleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var service))
            await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        _meters.Dispose();
    }

    private T Get<T>() where T : notnull => _services.GetRequiredService<T>();
}
