using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Sessions;

public sealed class SessionDeliveryTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");
    private static readonly ChannelName B = ChannelName.Parse("b");

    [Fact]
    public async Task Messages_come_in_order_with_the_cursor_after_them()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);

        for (var i = 0; i < 20; i++)
            await node.PublishAsync(A, 5);
        await reader.Connection.WhenMessagesAsync(100);

        Assert.Equal(Range(1, 100), reader.Connection.Offsets);
        await node.PublishAsync(A);
        var resumed = await node.ConnectAsync(reader.Connection.Received[0].Cursor, A);
        await resumed.Connection.WhenMessagesAsync(101 - reader.Connection.Received[0].Messages.Count);
        Assert.Equal(Range(reader.Connection.Received[0].Messages[^1].Offset + 1, 101), resumed.Connection.Offsets);
    }

    [Fact]
    public async Task What_comes_during_a_write_is_written_at_once_in_the_next()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();

        for (var i = 0; i < 50; i++)
            await node.PublishAsync(A);
        reader.Connection.Resume();
        await reader.Connection.WhenMessagesAsync(51);

        Assert.Equal(2, reader.Connection.Writes);
        Assert.Equal(Range(1, 51), reader.Connection.Offsets);
    }

    [Fact]
    public async Task Readers_at_the_same_place_share_one_encoding()
    {
        await using var node = await MemoryNode.StartAsync();
        var readers = await ConnectManyAsync(node, 100, null);

        await node.PublishAsync(A);
        foreach (var reader in readers)
            await reader.Connection.WhenMessagesAsync(1);

        Assert.Equal(1, node.Format.Encodings);
    }

    [Fact]
    public async Task Readers_that_lack_more_than_one_write_share_every_encoding()
    {
        await using var node = await MemoryNode.StartAsync();
        var first = await node.ConnectAsync(null, A);
        // Four writes' worth in the tail, and a hundred readers that begin before it.
        await node.PublishAsync(A, 128, $"\"{new string('x', 1000)}\"");
        await first.Connection.WhenMessagesAsync(128);
        var before = node.Format.Encodings;

        var readers = await ConnectManyAsync(node, 100, "earliest");
        foreach (var reader in readers)
            await reader.Connection.WhenMessagesAsync(128);

        Assert.All(readers, reader => Assert.Equal(Range(1, 128), reader.Connection.Offsets));
        Assert.InRange(node.Format.Encodings - before, 0, 10);
    }

    [Fact]
    public async Task A_reader_at_another_place_does_not_spoil_the_sharing_of_the_others()
    {
        await using var node = await MemoryNode.StartAsync();
        await using var readers = await MixedReaders.ConnectAsync(node, A, 50);

        await node.PublishAsync(A);
        await readers.ResumeAsync(3);

        Assert.InRange(node.Format.Encodings - readers.EncodingsBefore, 1, 5);
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_delays_nobody_and_holds_one_write()
    {
        await using var node = await MemoryNode.StartAsync();
        var slow = await node.ConnectAsync(null, A);
        var quick = await node.ConnectAsync(null, A);
        slow.Connection.Stall();

        for (var i = 0; i < 20; i++)
            await node.PublishAsync(A, 100, $"\"{new string('x', 500)}\"");
        await quick.Connection.WhenMessagesAsync(2000);

        Assert.Equal(1, slow.Connection.Writes);
        Assert.InRange(slow.Connection.HeldBytes, 1, 2 * DeliveryPump.MaxWriteBytes);
    }

    [Fact]
    public async Task A_reader_that_fell_behind_the_tail_reads_pages_and_is_promoted_back()
    {
        await using var node = await MemoryNode.StartAsync();
        var slow = await node.ConnectAsync(null, A);
        slow.Connection.Stall();
        await node.PublishAsync(A, MessageTail.MaxMessages * 2);
        await slow.Connection.WhenHoldingAsync();

        slow.Connection.Resume();
        await slow.Connection.WhenMessagesAsync(MessageTail.MaxMessages * 2);
        var reads = node.Reader.StoreReads;
        Assert.True(reads > 0, "It read from the store.");
        await node.PublishAsync(A, 10);
        await slow.Connection.WhenMessagesAsync((MessageTail.MaxMessages * 2) + 10);

        Assert.Equal(Range(1, (MessageTail.MaxMessages * 2) + 10), slow.Connection.Offsets);
        Assert.Equal(reads, node.Reader.StoreReads);
    }

    [Fact]
    public async Task A_frame_is_not_overwritten_while_its_write_is_under_way()
    {
        await using var node = await MemoryNode.StartAsync();
        var own = Enumerable.Range(0, 10).Select(number => ChannelName.Parse($"own:{number}")).ToList();
        var readers = new List<MemoryReader>();
        foreach (var channel in own)
        {
            readers.Add(await node.ConnectAsync(null, A, channel));
            readers[^1].Connection.Stall();
            await node.PublishAsync(channel);
            await readers[^1].Connection.WhenHoldingAsync();
        }

        foreach (var reader in readers)
            reader.Connection.Resume();

        Assert.Equal(own.Select(channel => channel.Value), readers.Select(reader => reader.Connection.Messages.Single().Channel));
    }

    [Fact]
    public async Task A_trimmed_place_is_told_before_the_messages_that_follow()
    {
        await using var node = await MemoryNode.StartAsync(store: Keep(5));
        var reader = await node.ConnectAsync(null, A, B);
        await node.PublishAsync(A, 2);
        await reader.Connection.WhenMessagesAsync(2);
        var cursor = reader.Connection.Cursor;
        await node.PublishAsync(A, 10);
        await node.PublishAsync(B, 1);

        var resumed = await node.ConnectAsync(cursor, A, B);
        await resumed.Connection.WhenMessagesAsync(6);

        var kinds = resumed.Connection.Received.Select(received => received.Messages.Any(message => message.Channel == "a") ? "a" : received.Kind).ToList();
        Assert.True(kinds.IndexOf("gap") < kinds.IndexOf("a"), "The gap comes first.");
        var gap = resumed.Connection.Received.Single(received => received.Kind == "gap").Body.GetProperty("gap");
        Assert.Equal((3, 8, 12), (gap.GetProperty("requested").GetInt64(), gap.GetProperty("first").GetInt64(), gap.GetProperty("head").GetInt64()));
        Assert.Equal(Range(8, 12), resumed.Connection.Messages.Where(message => message.Channel == "a").Select(message => message.Offset));
    }

    [Fact]
    public async Task A_slow_reader_that_is_overtaken_by_trimming_is_told_a_gap()
    {
        await using var node = await MemoryNode.StartAsync(store: Keep(5));
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();
        await node.PublishAsync(A, 20);

        reader.Connection.Resume();
        await reader.Connection.WhenMessagesAsync(6);

        Assert.Equal(["messages", "gap", "messages"], reader.Connection.Kinds);
        Assert.Equal([1, .. Range(17, 21)], reader.Connection.Offsets);
    }

    [Fact]
    public async Task Signals_reach_who_is_connected_once()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);

        node.Publisher.Signal(MemoryNode.Request(A, type: "typing"));
        await reader.Connection.WhenAsync(connection => connection.Kinds.Contains("signal"), "the signal");
        var late = await node.ConnectAsync("earliest", A);
        await node.PublishAsync(A);
        await late.Connection.WhenMessagesAsync(1);
        await reader.Connection.WhenMessagesAsync(1);

        Assert.Equal(["signal", "messages"], reader.Connection.Kinds);
        Assert.Equal(["messages"], late.Connection.Kinds);
    }

    [Fact]
    public async Task Signals_that_never_end_do_not_keep_messages_out()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A, B);
        // A slow connection in a busy room: each write is followed by another signal.
        reader.Connection.Writing = () => node.Publisher.Signal(MemoryNode.Request(A, type: "typing"));

        node.Publisher.Signal(MemoryNode.Request(A, type: "typing"));
        await node.PublishAsync(A);
        await node.PublishAsync(B);
        await reader.Connection.WhenMessagesAsync(2);
        reader.Connection.Writing = null;

        Assert.Equal(2, reader.Connection.Messages.Count);
    }

    [Fact]
    public async Task A_channel_far_behind_does_not_keep_the_others_waiting()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(B, 2000, $"\"{new string('x', 500)}\"");
        var other = await node.ConnectAsync(null, A);
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await reader.SubscribeAsync("earliest", B);
        await reader.Connection.WhenHoldingAsync();
        await node.PublishAsync(A);
        await other.Connection.WhenMessagesAsync(1);

        for (var writes = 1; writes <= 4; writes++)
        {
            await reader.Connection.WhenAsync(connection => connection.Writes == writes && connection.IsHolding, $"write {writes}");
            reader.Connection.ReleaseOne();
        }

        Assert.Contains(reader.Connection.Messages, message => message.Channel == "a");
    }

    private static async Task<List<MemoryReader>> ConnectManyAsync(MemoryNode node, int count, string? cursor)
    {
        var readers = new List<MemoryReader>();
        for (var i = 0; i < count; i++)
            readers.Add(await node.ConnectAsync(cursor, A));
        return readers;
    }

    private static MessageStoreOptions Keep(int messages) =>
        new() { Retention = { [RetentionOptions.DefaultRule] = new RetentionRule { MaxMessages = messages } } };

    private static IEnumerable<long> Range(long first, long last) => Enumerable.Range((int)first, (int)(last - first + 1)).Select(offset => (long)offset);

    /// <summary>Readers at two places by turns, all of which hold a write.</summary>
    private sealed class MixedReaders(MemoryNode node, List<MemoryReader> readers) : IAsyncDisposable
    {
        internal int EncodingsBefore { get; } = node.Format.Encodings;

        internal static async Task<MixedReaders> ConnectAsync(MemoryNode node, ChannelName channel, int count)
        {
            var readers = new List<MemoryReader>();
            for (var i = 0; i < count; i++)
                readers.Add(await node.ConnectAsync(null, channel));
            foreach (var reader in readers)
                reader.Connection.Stall();
            await node.PublishAsync(channel);
            foreach (var reader in readers)
                await reader.Connection.WhenHoldingAsync();
            await node.PublishAsync(channel);
            // Every second one takes its first write and holds the second; the others still hold the first.
            foreach (var reader in readers.Where((_, index) => index % 2 == 0))
            {
                reader.Connection.ReleaseOne();
                await reader.Connection.WhenAsync(connection => connection.Writes == 2, "the second write");
            }

            return new MixedReaders(node, readers);
        }

        internal async Task ResumeAsync(int messages)
        {
            foreach (var reader in readers)
            {
                reader.Connection.Resume();
                await reader.Connection.WhenMessagesAsync(messages);
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var reader in readers)
                await reader.DetachAsync();
        }
    }
}
