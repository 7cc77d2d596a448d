using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

/// <summary>What readers are promised when their node is not the one that commits, whatever the backbone between the two does. Two nodes share one store.</summary>
public abstract partial class NodeConformance : IAsyncLifetime
{
    protected static readonly ChannelName Room = ChannelName.Parse("room:general");

    /// <summary>Longer than any test: what is compared at an interval then helps no test that does not ask for it.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    private readonly ScriptedMessageStore _store = new(new MessageStoreOptions());
    private readonly List<MemoryNode> _nodes = [];

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Makes one more end of this test's backbone, not yet started; the suite starts and disposes it.</summary>
    /// <param name="queueFrames">How many frames may wait for it before the backbone's overflow policy applies.</param>
    protected abstract ValueTask<IBackbone> CreateAsync(int queueFrames);

    /// <summary>Removes what the test left on the broker; the nodes are disposed by then.</summary>
    protected virtual ValueTask CleanUpAsync() => ValueTask.CompletedTask;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var node in _nodes)
            await node.DisposeAsync().AsTask().Within("a node that is disposed");
        await _store.DisposeAsync();
        await CleanUpAsync();
    }

    /// <summary>Starts a node and waits until its backbone is connected.</summary>
    /// <param name="headInterval">How often it compares heads with the store; never by default, so that only frames and the backbone's word bring anything.</param>
    /// <param name="queueFrames">How many frames may wait for it.</param>
    private protected async Task<TestNode> StartNodeAsync(TimeSpan? headInterval = null, int queueFrames = 10_000)
    {
        var backbone = new UnreliableBackbone(await CreateAsync(queueFrames));
        var node = await MemoryNode.StartAsync(new MemoryNodeParts
        {
            SharedStore = _store,
            Backbone = backbone,
            BackboneOptions = new BackboneOptions { HeadInterval = headInterval ?? Never, StatusInterval = TimeSpan.FromSeconds(1), RefusalPause = TimeSpan.FromMilliseconds(20) },
        });
        _nodes.Add(node);
        await Testing.Clients.Deadline.UntilAsync(() => Task.FromResult(backbone.Health), health => health.IsConnected, "a backbone that is connected");
        return new TestNode(node, backbone);
    }

    /// <summary>Connects a reader, and waits until frames of its channels come.</summary>
    private protected static async Task<MemoryReader> ReadAsync(TestNode node, params ChannelName[] channels)
    {
        var rounds = node.Node.Heads.Rounds;
        var fresh = channels.Any(channel => !node.Node.Interest.IsWanted(ShardInterest.ShardOf(channel)));
        var reader = await node.Node.ConnectAsync(null, channels);
        // After a shard is bound the heads are compared.
        if (fresh)
            await Testing.Clients.Deadline.UntilAsync(() => Task.FromResult(node.Node.Heads.Rounds), now => now > rounds, "a shard that is bound");
        return reader;
    }

    /// <summary>Publishes messages one after the other, so that each has a frame of its own.</summary>
    private protected static async Task PublishAsync(TestNode node, int count, ChannelName? channel = null)
    {
        for (var i = 0; i < count; i++)
            await node.Node.PublishAsync(channel ?? Room);
    }

    /// <summary>Waits until a reader has everything up to an offset, once and in order.</summary>
    private protected static async Task HasAllAsync(MemoryReader reader, int count)
    {
        await reader.Connection.WhenMessagesAsync(count);
        await reader.SettleAsync();
        Assert.Equal(Enumerable.Range(1, count).Select(offset => (long)offset), reader.Connection.Offsets);
    }

    /// <summary>A node and the backbone that it is on.</summary>
    private protected sealed record TestNode(MemoryNode Node, UnreliableBackbone Backbone);
}
