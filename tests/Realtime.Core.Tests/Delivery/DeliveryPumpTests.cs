using Realtime.Channels;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Delivery;

public sealed class DeliveryPumpTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");
    private static readonly ChannelName B = ChannelName.Parse("b");

    [Fact]
    public async Task A_channel_that_never_rests_keeps_neither_other_channels_nor_the_clock_out()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var busy = await node.ConnectAsync(null, A);
        var other = await node.ConnectAsync(null, B);
        // Every write finds another message in the channel, as under steady load.
        var written = 0;
        var otherDone = false;
        busy.Connection.Writing = () =>
        {
            if (!Volatile.Read(ref otherDone) && ++written <= 500_000)
                AppendTo(node, A);
        };

        await node.PublishAsync(A);
        await busy.Connection.WhenMessagesAsync(100);
        await node.PublishAsync(B);
        time.Advance(node.Options.PingInterval);
        await other.Connection.WhenAsync(connection => connection.Kinds.Contains("messages") && connection.Kinds.Contains("ping"), "a message and a ping");
        Volatile.Write(ref otherDone, true);
        await busy.SettleAsync();

        Assert.InRange(written, 100, 500_000);
    }

    [Fact]
    public async Task Channels_that_feed_each_other_do_not_keep_the_clock_out()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var first = await node.ConnectAsync(null, A);
        var second = await node.ConnectAsync(null, B);
        var written = 0;
        var done = false;
        first.Connection.Writing = () => Feed(B);
        second.Connection.Writing = () => Feed(A);

        await node.PublishAsync(A);
        await second.Connection.WhenMessagesAsync(100);
        time.Advance(node.Options.PingInterval);
        await first.Connection.WhenAsync(connection => connection.Kinds.Contains("ping"), "a ping");
        Volatile.Write(ref done, true);
        await first.SettleAsync();

        Assert.InRange(written, 100, 500_000);

        void Feed(ChannelName channel)
        {
            if (!Volatile.Read(ref done) && ++written <= 500_000)
                AppendTo(node, channel);
        }
    }

    [Fact]
    public async Task Sessions_are_shared_out_among_pumps_and_all_are_served()
    {
        await using var node = await MemoryNode.StartAsync(delivery: new() { Pumps = 4 });
        var readers = new List<MemoryReader>();
        for (var i = 0; i < 40; i++)
            readers.Add(await node.ConnectAsync(null, A));

        await node.PublishAsync(A, 3);
        foreach (var reader in readers)
            await reader.Connection.WhenMessagesAsync(3);

        Assert.All(readers, reader => Assert.Equal([1, 2, 3], reader.Connection.Offsets));
    }

    private static void AppendTo(MemoryNode node, ChannelName channel)
    {
        Assert.True(node.Logs.TryGet(channel, out var log));
        var state = log.State with { Head = log.State.Head + 1 };
        var draft = new MessageDraft(channel, $"m{state.Head}", "message", "alice", node.Time.GetUtcNow(), "1"u8.ToArray());
        log.Append([Message.Create(draft, state.Head)], state);
    }
}
