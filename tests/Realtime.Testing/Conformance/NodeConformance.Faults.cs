using Realtime.Publishing;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

public abstract partial class NodeConformance
{
    [Fact]
    public async Task Lost_frames_are_made_good()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var bob = await ReadAsync(b, Room);
        b.Backbone.Fault = (number, frame) => number % 3 == 1 ? [] : [frame];

        await PublishAsync(a, 60);
        b.Backbone.Fault = null;
        await PublishAsync(a, 1);

        await HasAllAsync(bob, 61);
    }

    [Fact]
    public async Task Frames_that_come_twice_are_delivered_once()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var bob = await ReadAsync(b, Room);
        b.Backbone.Fault = (_, frame) => [frame, frame];

        await PublishAsync(a, 50);

        await HasAllAsync(bob, 50);
    }

    [Fact]
    public async Task Frames_in_another_order_are_delivered_in_the_right_one()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var bob = await ReadAsync(b, Room);
        var held = new Stack<byte[]>();
        // Four at a time, backwards.
        b.Backbone.Fault = (number, frame) =>
        {
            held.Push(frame);
            if (number % 4 != 3)
                return [];
            var turned = held.ToArray();
            held.Clear();
            return turned;
        };

        await PublishAsync(a, 40);

        await HasAllAsync(bob, 40);
    }

    [Fact]
    public async Task A_last_message_that_was_lost_is_found_by_comparing_heads()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync(headInterval: TimeSpan.FromMilliseconds(200));
        var bob = await ReadAsync(b, Room);
        b.Backbone.Fault = (_, _) => [];

        await PublishAsync(a, 1);

        await HasAllAsync(bob, 1);
    }

    [Fact]
    public async Task Readers_get_everything_in_order_while_all_of_that_happens_at_once()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync(headInterval: TimeSpan.FromMilliseconds(200));
        var bob = await ReadAsync(b, Room);
        var alice = await ReadAsync(a, Room);
        var random = new Random(7);
        byte[]? late = null;
        b.Backbone.Fault = (_, frame) =>
        {
            var before = late;
            late = null;
            switch (random.Next(4))
            {
                case 0:
                    return before is null ? [] : [before];
                case 1:
                    return before is null ? [frame, frame] : [frame, before, frame];
                case 2:
                    late = frame;
                    return before is null ? [] : [before];
                default:
                    return before is null ? [frame] : [frame, before];
            }
        };

        await Task.WhenAll(PublishAsync(a, 150), PublishAsync(b, 50));

        await HasAllAsync(bob, 200);
        await HasAllAsync(alice, 200);
    }

    [Fact]
    public async Task A_node_too_slow_for_its_frames_holds_nobody_up_and_its_readers_lose_nothing()
    {
        const int Count = 300;
        var a = await StartNodeAsync();
        var slow = await StartNodeAsync(headInterval: TimeSpan.FromMilliseconds(500), queueFrames: 10);
        var alice = await ReadAsync(a, Room);
        var bob = await ReadAsync(slow, Room);
        slow.Node.Receiver.Slowdown = TimeSpan.FromMilliseconds(20);

        // A backbone that refuses makes the publisher wait: it tries again, as its clients do.
        for (var number = 0; number < Count; number++)
            await Testing.Clients.Deadline.UntilAsync(
                async () => (await a.Node.Publisher.PublishAsync(MemoryNode.Request(Room, id: $"id-{number}"))).Outcome,
                outcome => outcome == PublishOutcome.Created,
                "a publish that is taken");

        await HasAllAsync(alice, Count);
        slow.Node.Receiver.Slowdown = TimeSpan.Zero;
        await HasAllAsync(bob, Count);
    }
}
