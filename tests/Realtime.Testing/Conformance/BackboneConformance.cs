using Realtime.Backbones;

namespace Realtime.Testing.Conformance;

/// <summary>
/// What every backbone that connects nodes has to do, seen from both of its ends. A subclass says how one is made; see also
/// <see cref="BrokerOutageConformance"/>.
/// </summary>
public abstract partial class BackboneConformance : BackboneSuite
{
    /// <summary>The <see cref="IBackbone.Kind"/> that it should have.</summary>
    protected abstract string Kind { get; }

    /// <summary>The most frames that one node may have in its memory while it takes none, if <paramref name="queueFrames"/> may wait for it.</summary>
    protected virtual int MaxUnacknowledged(int queueFrames) => queueFrames + 1;

    /// <summary>Whether it can tell how many frames were dropped from a full queue.</summary>
    protected virtual bool CountsDropped => true;

    [Fact]
    public async Task A_node_that_is_connected_says_so()
    {
        var member = await CreateMemberAsync();
        Assert.Equal(Kind, member.Backbone.Kind);
        Assert.True(member.Backbone.ConnectsNodes);
        Assert.False(member.Backbone.Health.IsConnected);

        await member.StartAsync();
        await member.ConnectedAsync();

        Assert.Null(member.Backbone.Health.Detail);
        Assert.False(member.Backbone.Health.IsBlocked);
        Assert.Equal(0, member.Backbone.Health.Unacknowledged);
        Assert.Equal(0, member.Backbone.Health.Dropped);
    }

    [Fact]
    public async Task A_node_that_joins_later_gets_what_is_sent_from_then_on()
    {
        var a = await JoinAsync(1);
        await a.MustSendAsync(1, 1);
        var b = await JoinAsync(1);
        await a.MustSendAsync(1, 2);

        await b.Receiver.CountAsync(1);

        Assert.Equal([2], b.Numbers());
    }

    [Fact]
    public async Task A_node_that_leaves_disturbs_nobody()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        var c = await JoinAsync(1);
        await a.MustSendAsync(1, 1);
        await c.Receiver.CountAsync(1);
        await c.DisposeAsync();
        await a.MustSendAsync(1, 2);

        await b.Receiver.CountAsync(2);

        Assert.Equal([1, 2], b.Numbers());
        Assert.Equal([1], c.Numbers());
    }
}
