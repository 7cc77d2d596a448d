using Realtime.Backbones;

namespace Realtime.Testing.Conformance;

public abstract partial class BackboneConformance
{
    [Fact]
    public async Task A_node_is_handed_one_frame_at_a_time()
    {
        var a = await JoinAsync();
        var b = await JoinAsync(1, 2, 3, 4);
        b.Receiver.Taking = async () => await Task.Yield();

        await Task.WhenAll(Range(1, 4).Select(shard => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
                await a.MustSendAsync(shard, i);
        }, Cancel)));

        await b.Receiver.CountAsync(200);
        Assert.False(b.Receiver.WasEnteredTwice, "two frames were handed over at a time");
    }

    [Fact]
    public async Task A_node_that_takes_nothing_holds_no_other_node_up()
    {
        var a = await JoinAsync(2);
        var slow = await JoinAsync(1);
        var c = await JoinAsync(1);
        slow.Receiver.Close();

        for (var number = 0; number < 300; number++)
            await a.MustSendAsync(1, number);
        await c.MustSendAsync(2, 1_000);

        await c.Receiver.CountAsync(300);
        await a.Receiver.CountAsync(1);
        Assert.Equal(Range(0, 300), c.Numbers());
        Assert.Empty(slow.Receiver.Frames);
        slow.Receiver.Open();
        await slow.Receiver.CountAsync(300);
        Assert.Equal(Range(0, 300), slow.Numbers());
    }

    [Fact]
    public async Task A_node_that_takes_nothing_for_too_long_has_bounded_memory_and_hears_that_it_missed_frames()
    {
        const int Queue = 50, Count = 1_000;
        var a = await JoinAsync();
        var slow = await JoinAsync(Queue, [1]);
        var missed = slow.Receiver.Missed;
        slow.Receiver.Close();

        var refused = 0;
        for (var number = 0; number < Count; number++)
        {
            var sent = await a.SendAsync(1, number, size: 4_096);
            Assert.NotEqual(BackboneSend.Lost, sent);
            refused += sent == BackboneSend.Refused ? 1 : 0;
            Assert.InRange(slow.Backbone.Health.Unacknowledged, 0, MaxUnacknowledged(Queue));
        }

        slow.Receiver.Open();
        // Refused is pressure that the sender felt; otherwise the node is told.
        await slow.Receiver.UntilAsync(() => refused > 0 || slow.Receiver.Missed > missed, "word of the frames that were dropped");
        await slow.Receiver.UntilAsync(() => slow.Backbone.Health.Unacknowledged == 0 && slow.Backbone.Health.QueueDepth is null or 0, "its queue to empty");
        await a.MustSendAsync(1, Count);
        await slow.Receiver.UntilAsync(() => slow.Numbers().Contains(Count), "a frame after it caught up");

        var numbers = slow.Numbers();
        Assert.InRange(numbers.Length, 1, Count);
        Assert.Equal(numbers.Order().Distinct(), numbers);
        if (refused == 0 && CountsDropped)
            Assert.InRange(slow.Backbone.Health.Dropped, 1, Count);
    }
}
