using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

public abstract partial class BrokerOutageConformance
{
    [Fact]
    public async Task While_the_broker_is_away_publishing_goes_on_and_readers_of_other_nodes_lose_nothing()
    {
        var room = ChannelName.Parse("room:general");
        await StartBrokerAsync();
        await using var store = new ScriptedMessageStore(new MessageStoreOptions());
        await using var a = await StartNodeAsync(store);
        await using var b = await StartNodeAsync(store);
        var bob = await b.ConnectAsync(null, room);

        await PublishAsync(10);
        await EndBrokerAsync(kills: true);
        await PublishAsync(10);
        await bob.Connection.WhenMessagesAsync(20);
        await StartBrokerAsync();
        await PublishAsync(10);
        await bob.Connection.WhenMessagesAsync(30);
        await Clients.Deadline.UntilAsync(() => Task.FromResult(a.Heads.IsPulling || b.Heads.IsPulling), pulling => !pulling, "nodes that are connected again");
        await PublishAsync(10);
        await bob.Connection.WhenMessagesAsync(40);

        Assert.Equal(Range(1, 40).Select(offset => (long)offset), bob.Connection.Offsets);

        async Task PublishAsync(int count)
        {
            for (var i = 0; i < count; i++)
                await a.PublishAsync(room);
        }
    }

    private async Task<MemoryNode> StartNodeAsync(ScriptedMessageStore store)
    {
        var backbone = await CreateAsync(10_000);
        var node = await MemoryNode.StartAsync(new MemoryNodeParts
        {
            SharedStore = store,
            Backbone = backbone,
            BackboneOptions = new BackboneOptions { OutageHeadInterval = TimeSpan.FromMilliseconds(100), StatusInterval = TimeSpan.FromSeconds(1) },
        });
        await Clients.Deadline.UntilAsync(() => Task.FromResult(backbone.Health), health => health.IsConnected, "a backbone that is connected");
        return node;
    }
}
