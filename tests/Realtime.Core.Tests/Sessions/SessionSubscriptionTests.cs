using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Presence;
using Realtime.Sessions;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Sessions;

public sealed class SessionSubscriptionTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");
    private static readonly ChannelName B = ChannelName.Parse("b");

    [Fact]
    public async Task A_channel_named_twice_in_one_subscribe_is_read_once()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A, A);

        await node.PublishAsync(A, 2);
        await reader.Connection.WhenMessagesAsync(2);
        await reader.SettleAsync();

        Assert.Equal(1, reader.Session.ChannelCount);
        Assert.Equal([1, 2], reader.Connection.Offsets);
    }

    [Fact]
    public async Task A_channel_subscribed_again_stays_where_it_is_and_holds_one_lease()
    {
        var time = new FakeTime();
        // Presence holds the log a little longer than its readers.
        await using var node = await MemoryNode.StartAsync(new MemoryNodeParts { Time = time, Presence = new PresenceOptions { Enabled = false } });
        await node.PublishAsync(A, 3);
        var reader = await node.ConnectAsync("earliest", A);
        await reader.Connection.WhenMessagesAsync(3);

        var cursor = await reader.SubscribeAsync("earliest", A);
        await reader.UnsubscribeAsync(A);
        await reader.SettleAsync();

        Assert.Equal(reader.Connection.Cursor, cursor);
        Assert.Equal([1, 2, 3], reader.Connection.Offsets);
        time.Advance(ChannelLogs.IdleTime * 2);
        Assert.Equal(0, node.Logs.Count);
    }

    [Fact]
    public async Task Subscribes_that_overlap_cannot_exceed_the_limit_together()
    {
        await using var node = await MemoryNode.StartAsync(delivery: new DeliveryOptions { Pumps = 1, MaxChannelsPerReader = 10 });
        var reader = node.Open();
        var gate = new TaskCompletionSource();
        node.Store.ReadingState = () => gate.Task;

        var subscribes = Enumerable.Range(0, 3)
            .Select(call => reader.Session.SubscribeAsync(Names(call * 6, 6), ReadStart.Latest, _ => { }, CancellationToken.None).AsTask()).ToList();
        gate.SetResult();
        var taken = await Task.WhenAll(subscribes).Within("three subscribes");
        await reader.SettleAsync();

        Assert.Single(taken, true);
        Assert.Equal(6, reader.Session.ChannelCount);
    }

    [Fact]
    public async Task The_limit_counts_channels_that_are_read_already_once()
    {
        await using var node = await MemoryNode.StartAsync(delivery: new DeliveryOptions { Pumps = 1, MaxChannelsPerReader = 10 });
        var reader = await node.ConnectAsync(null, [.. Names(0, 10)]);

        await reader.SubscribeAsync(null, [.. Names(5, 5)]);

        Assert.False(await reader.Session.SubscribeAsync(Names(9, 2), ReadStart.Latest, _ => Assert.Fail("applied"), CancellationToken.None));
        Assert.Equal(10, reader.Session.ChannelCount);
    }

    [Fact]
    public async Task The_greeting_comes_before_messages()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 3);
        var reader = node.Open();
        Assert.True(ReadStart.TryParse("earliest", out var start));

        await reader.Session.SubscribeAsync([A], start, _ => reader.Session.Write(new Frame("{\"hello\":1}\n"u8.ToArray())), CancellationToken.None);
        await reader.Connection.WhenMessagesAsync(3);

        Assert.Equal(["hello", "messages"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task A_greeting_that_is_not_taken_at_once_still_comes_before_messages()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 3);
        var reader = node.Open();
        reader.Connection.Stall();
        Assert.True(ReadStart.TryParse("earliest", out var start));

        await reader.Session.SubscribeAsync(
            [A],
            start,
            _ =>
            {
                reader.Session.Write(new Frame("{\"hello\":1}\n"u8.ToArray()));
                reader.Session.Write(new Frame("{\"hello\":2}\n"u8.ToArray()));
            },
            CancellationToken.None);
        await reader.Connection.WhenHoldingAsync();
        reader.Connection.Resume();
        await reader.Connection.WhenMessagesAsync(3);

        Assert.Equal(["hello", "hello", "messages"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task Subscribing_while_a_write_is_under_way_delivers_both_channels()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();
        await node.PublishAsync(B, 2);

        await reader.SubscribeAsync("earliest", B);
        await node.PublishAsync(A);
        reader.Connection.Resume();
        await reader.Connection.WhenMessagesAsync(4);

        Assert.Equal([1, 2], OffsetsOf(reader, A));
        Assert.Equal([1, 2], OffsetsOf(reader, B));
    }

    [Fact]
    public async Task Unsubscribing_while_a_write_is_under_way_ends_the_channel_and_keeps_the_others()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A, B);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();
        await node.PublishAsync(A);

        await reader.UnsubscribeAsync(A);
        await node.PublishAsync(B);
        reader.Connection.Resume();
        await reader.Connection.WhenMessagesAsync(2);
        await reader.SettleAsync();

        Assert.Equal([1], OffsetsOf(reader, A));
        Assert.Equal([1], OffsetsOf(reader, B));
    }

    [Fact]
    public async Task A_page_that_arrives_after_its_channel_was_left_is_not_delivered_and_holds_nothing_up()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 3);
        var gate = new TaskCompletionSource();
        node.Store.Reading = () => gate.Task;
        var reader = await node.ConnectAsync("earliest", A);

        await reader.UnsubscribeAsync(A);
        await reader.SubscribeAsync("latest", A, B);
        gate.SetResult();
        await node.PublishAsync(A);
        await node.PublishAsync(B);
        await reader.Connection.WhenMessagesAsync(2);

        Assert.Equal([4], OffsetsOf(reader, A));
        Assert.Equal([1], OffsetsOf(reader, B));
    }

    [Fact]
    public async Task A_subscribe_whose_store_fails_changes_nothing_and_holds_no_lease()
    {
        var time = new FakeTime();
        // Presence holds the log a little longer than its readers.
        await using var node = await MemoryNode.StartAsync(new MemoryNodeParts { Time = time, Presence = new PresenceOptions { Enabled = false } });
        var reader = await node.ConnectAsync(null, A);
        node.Store.ReadingState = () => throw new RealtimeException("down", isTransient: true);

        await Assert.ThrowsAsync<RealtimeException>(async () =>
            await reader.Session.SubscribeAsync([A, B], ReadStart.Latest, _ => Assert.Fail("applied"), CancellationToken.None));
        await reader.DetachAsync();

        Assert.Equal(0, reader.Session.ChannelCount);
        time.Advance(ChannelLogs.IdleTime * 2);
        Assert.Equal(0, node.Logs.Count);
    }

    [Fact]
    public async Task A_subscribe_that_arrives_after_the_session_left_holds_no_lease()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var reader = node.Open();
        var other = node.Open();
        var gate = new TaskCompletionSource();
        node.Store.ReadingState = () => gate.Task;
        var subscribe = reader.Session.SubscribeAsync([A], ReadStart.Latest, _ => Assert.Fail("applied"), CancellationToken.None).AsTask();

        await reader.DetachAsync();
        gate.SetResult();
        await subscribe.Within("a subscribe of a session that left");
        await other.SettleAsync();

        time.Advance(ChannelLogs.IdleTime * 2);
        Assert.Equal(0, node.Logs.Count);
    }

    [Fact]
    public async Task A_cursor_ahead_of_what_this_node_has_heard_of_is_checked_with_the_store_before_a_gap_is_told()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        await node.PublishAsync(A);
        await reader.Connection.WhenMessagesAsync(1);

        // Committed elsewhere; the news has not reached this node.
        await AppendBehindTheBackOfAsync(node, A, 2);
        Assert.True(node.Logs.TryGet(A, out var log));
        var builder = new CursorBuilder();
        builder.Add(log.Key, new Position(log.State.Epoch, 2));
        var ahead = await node.ConnectAsync(builder.ToString(), A);
        await ahead.Connection.WhenMessagesAsync(1);

        Assert.Equal(["messages"], ahead.Connection.Kinds);
        Assert.Equal([3], ahead.Connection.Offsets);
    }

    private static async Task AppendBehindTheBackOfAsync(MemoryNode node, ChannelName channel, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await node.Store.AppendAsync(
                [new MessageDraft(channel, $"elsewhere-{i}", "message", "carol", node.Time.GetUtcNow(), "1"u8.ToArray())], CancellationToken.None);
        }
    }

    private static List<ChannelName> Names(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => ChannelName.Parse($"room:{number}"))];

    private static List<long> OffsetsOf(MemoryReader reader, ChannelName channel) =>
        [.. reader.Connection.Messages.Where(message => message.Channel == channel.Value).Select(message => message.Offset)];
}
