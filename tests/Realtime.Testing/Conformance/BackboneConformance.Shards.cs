using Realtime.Backbones;

namespace Realtime.Testing.Conformance;

public abstract partial class BackboneConformance
{
    [Fact]
    public async Task Only_frames_of_wanted_shards_arrive()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(3, 5);
        var c = await JoinAsync(4);

        await a.MustSendAsync(4, 40);
        await a.MustSendAsync(3, 30);
        await a.MustSendAsync(5, 50);
        await a.MustSendAsync(6, 60);
        await a.MustSendAsync(ShardInterest.NodeShard, 99);

        await b.Receiver.CountAsync(3);
        await c.Receiver.CountAsync(2);
        Assert.Equal([30, 50, 99], b.Numbers().Order());
        Assert.Equal([40, 99], c.Numbers().Order());
    }

    [Fact]
    public async Task What_nodes_say_about_themselves_reaches_every_node()
    {
        var a = await JoinAsync();
        var b = await JoinAsync();
        var c = await JoinAsync(1);

        await a.MustSendAsync(ShardInterest.NodeShard, 1);

        await b.Receiver.CountAsync(1);
        await c.Receiver.CountAsync(1);
    }

    [Fact]
    public async Task Every_shard_has_its_place()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(Range(0, ShardInterest.ChannelShards));

        // What keeps no frames may lose some while it takes its places, and tells so afterwards: those are sent again. One that is lost and not told of fails.
        int[] missing = Range(0, ShardInterest.Shards);
        while (missing.Length > 0)
        {
            var missed = b.Receiver.Missed;
            foreach (var shard in missing)
                await a.MustSendAsync(shard, shard);
            await b.Receiver.UntilAsync(
                () => !missing.Except(b.Numbers()).Any() || b.Receiver.Missed > missed, $"frames of {string.Join(' ', missing)}");
            missing = [.. missing.Except(b.Numbers())];
        }

        Assert.Equal(Range(0, ShardInterest.Shards), b.Numbers().Distinct().Order());
    }

    [Fact]
    public async Task A_shard_that_is_wanted_later_begins_to_arrive_and_the_node_is_told_from_when_on()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        await a.MustSendAsync(1, 1);
        await b.Receiver.CountAsync(1);
        var missed = b.Receiver.Missed;

        b.Want(2);
        await b.ConnectedAsync(missed);
        await a.MustSendAsync(2, 2);

        await b.Receiver.CountAsync(2);
        Assert.Equal([1, 2], b.Numbers());
    }

    [Fact]
    public async Task A_shard_that_is_wanted_again_soon_is_still_there()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1);
        b.Unwant(1);
        b.Want(1);

        await a.MustSendAsync(1, 1);

        await b.Receiver.CountAsync(1);
    }

    [Fact]
    public async Task There_is_no_such_shard()
    {
        var a = await JoinAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => a.Backbone.SendAsync(-1, new byte[1], Cancel).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => a.Backbone.SendAsync(ShardInterest.Shards, new byte[1], Cancel).AsTask());
    }
}
