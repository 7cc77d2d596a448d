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
        Assert.True(node.Logs.TryGet(A, out var log));
        var epoch = log.State.Epoch;
        busy.Connection.Writing = () =>
        {
            if (Volatile.Read(ref otherDone) || ++written > 100_000)
                return;
            var message = Message.Create(new MessageDraft(A, $"m{written}", "message", "alice", time.GetUtcNow(), "1"u8.ToArray()), log.State.Head + 1);
            log.Append([message], new ChannelState(epoch, 1, message.Offset));
        };

        await node.PublishAsync(A);
        await busy.Connection.WhenMessagesAsync(100);
        await node.PublishAsync(B);
        time.Advance(node.Options.PingInterval);
        await other.Connection.WhenAsync(connection => connection.Kinds.Contains("messages") && connection.Kinds.Contains("ping"), "a message and a ping");
        Volatile.Write(ref otherDone, true);
        await busy.SettleAsync();

        Assert.InRange(written, 100, 100_000);
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
}
