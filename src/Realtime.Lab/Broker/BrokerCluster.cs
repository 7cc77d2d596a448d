using Microsoft.Extensions.Logging;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Lab.Broker;

/// <summary>The three nodes of a run, their store, the load on one of them and the readers on the others.</summary>
internal sealed class BrokerCluster : IAsyncDisposable
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly BrokerNode[] _nodes;
    private readonly IMessageStore _store;
    private readonly IReadOnlyList<ChannelName> _channels;
    private readonly TimeProvider _time;

    private BrokerCluster(BrokerNode[] nodes, IMessageStore store, BrokerSettings settings, IReadOnlyList<ChannelName> channels, TimeProvider time)
    {
        _nodes = nodes;
        _store = store;
        _channels = channels;
        _time = time;
        Load = new BrokerLoad(Publisher.Publisher, settings, channels);
        FastReader = new BrokerReader(channels.Count);
        SlowReader = new BrokerReader(channels.Count);
    }

    public BrokerNode Publisher => _nodes[0];

    public BrokerNode Fast => _nodes[1];

    public BrokerNode Slow => _nodes[2];

    public BrokerLoad Load { get; }

    public BrokerReader FastReader { get; }

    public BrokerReader SlowReader { get; }

    /// <summary>Whether all nodes say that frames come and go.</summary>
    public bool IsConnected => _nodes.All(node => node.Status.Connected);

    /// <summary>Starts the nodes, waits until they are connected and begins to read.</summary>
    /// <exception cref="LabException">The broker can't be reached.</exception>
    public static async Task<BrokerCluster> StartAsync(
        string run, BrokerSettings settings, IBrokerAccess access, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var mode = settings.Chosen;
        var options = new MessageStoreOptions();
        // A run holds every message to account, so none may be trimmed under it.
        options.Retention[RetentionOptions.DefaultRule] = new RetentionRule { MaxMessages = int.MaxValue };
        var store = new InMemoryMessageStore(options);
        var nodes = new List<BrokerNode>();
        try
        {
            foreach (var name in (string[])["publisher", "fast", "slow"])
            {
                var request = new BackboneRequest(mode, run, $"{run}-{name}", settings.QueueLimit, time, loggers);
                nodes.Add(await BrokerNode.StartAsync(request.Node, store, () => access.Create(request), time, loggers, cancellationToken));
            }
        }
        catch
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
            throw;
        }

        var cluster = new BrokerCluster([.. nodes], store, settings, ChannelsOf(settings.Channels), time);
        try
        {
            if (!await cluster.UntilAsync(() => cluster.IsConnected, ConnectPatience, cancellationToken))
                throw new LabException($"The nodes were not connected to the broker after {ConnectPatience.TotalSeconds:0} s.");
            await cluster.FastReader.OpenAsync(cluster.Fast.Sessions, cluster._channels, cancellationToken);
            await cluster.SlowReader.OpenAsync(cluster.Slow.Sessions, cluster._channels, cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Publishes a message into every channel, again and again, until both nodes got one from each in frames: shards are bound in the background.</summary>
    /// <returns>How many rounds it took; 0 when frames did not come.</returns>
    public async Task<int> WarmUpAsync(CancellationToken cancellationToken)
    {
        var rounds = 0;
        var began = _time.GetTimestamp();
        while (_time.GetElapsedTime(began) < ConnectPatience)
        {
            var (fast, slow) = (Fast.Meters.MessageFrames, Slow.Meters.MessageFrames);
            Load.PublishRound();
            rounds++;
            // A round is one frame or more for each of the channels' shards, all of which are different.
            var came = await UntilAsync(
                () => Fast.Meters.MessageFrames - fast >= _channels.Count && Slow.Meters.MessageFrames - slow >= _channels.Count,
                TimeSpan.FromSeconds(1),
                cancellationToken);
            if (!came)
                continue;
            await DrainAsync(ConnectPatience, cancellationToken);
            return rounds;
        }

        return 0;
    }

    /// <summary>Goes on to a phase.</summary>
    public void Begin(BrokerPhase phase, TimeSpan slowdown)
    {
        Slow.Slowdown = slowdown;
        Load.Latency.Begin(phase);
        FastReader.Latency.Begin(phase);
        SlowReader.Latency.Begin(phase);
    }

    /// <summary>Waits until all that was acknowledged has been delivered, but not for ever.</summary>
    public Task DrainAsync(TimeSpan patience, CancellationToken cancellationToken) => UntilAsync(
        () => Load.Pending == 0 && FastReader.Delivered >= Load.Accepted && SlowReader.Delivered >= Load.Accepted, patience, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Load.Dispose();
        Slow.Slowdown = TimeSpan.Zero;
        await FastReader.CloseAsync();
        await SlowReader.CloseAsync();
        foreach (var node in _nodes)
            await node.DisposeAsync();
        await _store.DisposeAsync();
    }

    /// <summary>Channels of different shards.</summary>
    internal static IReadOnlyList<ChannelName> ChannelsOf(int count)
    {
        var shards = new HashSet<int>();
        return [.. Enumerable.Range(0, int.MaxValue).Select(number => ChannelName.Parse($"lab:{number}")).Where(channel => shards.Add(ShardInterest.ShardOf(channel))).Take(count)];
    }

    private async Task<bool> UntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        while (!condition())
        {
            if (_time.GetElapsedTime(began) > patience)
                return false;
            await Task.Delay(Step, _time, cancellationToken);
        }

        return true;
    }
}
