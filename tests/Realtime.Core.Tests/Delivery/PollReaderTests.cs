using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Delivery;

public sealed class PollReaderTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");
    private static readonly ChannelName B = ChannelName.Parse("b");
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(25);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData("latest")]
    [InlineData("earliest")]
    public async Task Without_a_cursor_a_poll_answers_at_once(string? cursor)
    {
        await using var node = await MemoryNode.StartAsync();

        var result = await PollAsync(node, cursor, Wait, 10, A).Within("the answer");

        Assert.True(result.IsNews);
        Assert.Empty(result.Messages);
        Assert.True(Cursor.TryParse(result.Cursor, out _));
    }

    [Fact]
    public async Task A_poll_waits_for_a_message_and_is_woken_by_it()
    {
        await using var node = await MemoryNode.StartAsync();
        var cursor = await CursorAsync(node, A, B);

        var poll = PollAsync(node, cursor, Wait, 10, A, B);
        Assert.False(poll.IsCompleted);
        await node.PublishAsync(B);
        var result = await poll.Within("the answer");

        Assert.Equal("b", result.Messages.Single().Channel.Value);
        Assert.False(result.HasMore);
    }

    [Fact]
    public async Task A_poll_whose_time_is_up_brings_nothing_and_the_same_cursor()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var cursor = await CursorAsync(node, A);
        var poll = PollAsync(node, cursor, Wait, 10, A);

        time.Advance(Wait - TimeSpan.FromSeconds(1));
        Assert.False(poll.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var result = await poll.Within("the answer");

        Assert.False(result.IsNews);
        Assert.Equal(cursor, result.Cursor);
    }

    [Fact]
    public async Task A_short_poll_never_waits()
    {
        await using var node = await MemoryNode.StartAsync();
        var cursor = await CursorAsync(node, A);

        var poll = PollAsync(node, cursor, TimeSpan.Zero, 10, A);

        Assert.False((await poll.Within("the answer")).IsNews);
    }

    [Fact]
    public async Task Polls_page_through_everything_within_their_limit()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 1000);
        var cursor = "earliest";
        var offsets = new List<long>();
        PollResult result;
        do
        {
            result = await PollAsync(node, cursor, TimeSpan.Zero, 77, A).Within("the answer");
            Assert.InRange(result.Messages.Count, 1, 77);
            offsets.AddRange(result.Messages.Select(message => message.Offset));
            cursor = result.Cursor;
        }
        while (result.HasMore);

        Assert.Equal(Enumerable.Range(1, 1000).Select(offset => (long)offset), offsets);
    }

    [Fact]
    public async Task An_answer_is_bounded_in_bytes()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 50, $"\"{new string('x', 60_000)}\"");

        var result = await PollAsync(node, "earliest", TimeSpan.Zero, 1000, A).Within("the answer");

        Assert.True(result.HasMore);
        Assert.InRange(result.Messages.Sum(message => message.Json.Length), 1, PollReader.MaxAnswerBytes + 61_000);
    }

    [Fact]
    public async Task A_busy_channel_does_not_keep_the_others_out()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 500);
        await node.PublishAsync(B, 3);

        var result = await PollAsync(node, "earliest", TimeSpan.Zero, 20, A, B).Within("the answer");

        Assert.Equal(3, result.Messages.Count(message => message.Channel == B));
        Assert.Equal(17, result.Messages.Count(message => message.Channel == A));
        Assert.Equal(Enumerable.Range(1, 17).Select(offset => (long)offset), result.Messages.Where(message => message.Channel == A).Select(message => message.Offset));
    }

    [Fact]
    public async Task A_limit_smaller_than_the_number_of_channels_is_kept_and_all_come_in_time()
    {
        await using var node = await MemoryNode.StartAsync();
        var channels = Enumerable.Range(0, 10).Select(number => ChannelName.Parse($"room:{number}")).ToArray();
        foreach (var channel in channels)
            await node.PublishAsync(channel, 2);
        var cursor = "earliest";
        var seen = new List<(string, long)>();

        for (var polls = 0; polls < 20; polls++)
        {
            var result = await PollAsync(node, cursor, TimeSpan.Zero, 3, channels).Within("the answer");
            Assert.InRange(result.Messages.Count, 0, 3);
            seen.AddRange(result.Messages.Select(message => (message.Channel.Value, message.Offset)));
            cursor = result.Cursor;
        }

        Assert.Equal(20, seen.Count);
        Assert.Equal(20, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_gap_is_told_and_reading_goes_on_behind_it()
    {
        await using var node = await MemoryNode.StartAsync(
            store: new() { Retention = { [RetentionOptions.DefaultRule] = new RetentionRule { MaxMessages = 5 } } });
        var cursor = await CursorAsync(node, A, B);
        await node.PublishAsync(A, 20);
        await node.PublishAsync(B, 2);

        var result = await PollAsync(node, cursor, Wait, 100, A, B).Within("the answer");

        Assert.Equal((1L, 16L, 20L), (result.Gaps.Single().Requested, result.Gaps[0].First, result.Gaps[0].Head));
        Assert.Equal(7, result.Messages.Count);
        Assert.Empty((await PollAsync(node, result.Cursor, TimeSpan.Zero, 100, A, B).Within("the answer")).Gaps);
    }

    [Fact]
    public async Task A_gap_is_told_even_when_no_message_follows()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(
            time, store: new() { Retention = { [RetentionOptions.DefaultRule] = new RetentionRule { MaxAge = TimeSpan.FromMinutes(1) } } });
        var cursor = await CursorAsync(node, A);
        await node.PublishAsync(A, 3);
        await node.Store.TrimAsync(time.GetUtcNow().AddHours(1), Cancel);
        time.Advance(ChannelLogs.IdleTime * 2);

        var result = await PollAsync(node, cursor, Wait, 100, A).Within("the answer");

        Assert.Equal((1L, 4L), (result.Gaps.Single().Requested, result.Gaps[0].First));
        Assert.Empty(result.Messages);
    }

    [Fact]
    public async Task A_channel_that_the_cursor_lacks_is_answered_at_once()
    {
        await using var node = await MemoryNode.StartAsync();
        var cursor = await CursorAsync(node, A);
        await node.PublishAsync(B, 3);

        var result = await PollAsync(node, cursor, Wait, 10, A, B).Within("the answer");

        Assert.True(result.IsNews);
        Assert.Empty(result.Messages);
        await node.PublishAsync(B);
        Assert.Equal(4, (await PollAsync(node, result.Cursor, Wait, 10, A, B).Within("the answer")).Messages.Single().Offset);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_its_poll_and_holds_no_lease()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var cursor = await CursorAsync(node, A, B);
        using var leaving = new CancellationTokenSource();
        Assert.True(ReadStart.TryParse(cursor, out var start));
        var poll = node.Polls.PollAsync(new PollRequest([A, B], start, 10, Wait), leaving.Token).AsTask();

        await leaving.CancelAsync();

        Assert.False((await poll.Within("the answer")).IsNews);
        time.Advance(ChannelLogs.IdleTime * 2);
        Assert.Equal(0, node.Logs.Count);
    }

    [Fact]
    public async Task A_drain_answers_parked_polls_and_lets_none_wait()
    {
        await using var node = await MemoryNode.StartAsync();
        var cursor = await CursorAsync(node, A);
        var parked = Enumerable.Range(0, 20).Select(_ => PollAsync(node, cursor, Wait, 10, A)).ToList();

        node.Polls.Drain();

        Assert.All(await Task.WhenAll(parked).Within("the answers"), result => Assert.True(result.IsDraining));
        Assert.True((await PollAsync(node, cursor, Wait, 10, A).Within("the answer")).IsDraining);
    }

    [Fact]
    public async Task Signals_are_brought_to_polls_that_wait()
    {
        await using var node = await MemoryNode.StartAsync();
        var cursor = await CursorAsync(node, A);
        var poll = PollAsync(node, cursor, Wait, 10, A);

        node.Publisher.Signal(MemoryNode.Request(A, type: "typing"));

        Assert.Equal("typing", (await poll.Within("the answer")).Signals.Single().Draft.Type);
    }

    [Fact]
    public async Task Each_of_a_thousand_parked_polls_is_woken()
    {
        await using var node = await MemoryNode.StartAsync();
        var cursor = await CursorAsync(node, A);
        var parked = Enumerable.Range(0, 1000).Select(_ => PollAsync(node, cursor, Wait, 10, A)).ToList();

        await node.PublishAsync(A);

        Assert.All(await Task.WhenAll(parked).Within("the answers"), result => Assert.Single(result.Messages));
    }

    [Fact]
    public async Task Polls_that_race_with_publishes_miss_nothing()
    {
        await using var node = await MemoryNode.StartAsync();
        var cursor = await CursorAsync(node, A);
        var offsets = new List<long>();
        var publishing = Task.Run(
            async () =>
            {
                for (var i = 0; i < 2000; i++)
                    await node.PublishAsync(A);
            },
            Cancel);

        while (offsets.Count < 2000)
        {
            var result = await PollAsync(node, cursor, Wait, 10, A).Within("an answer");
            offsets.AddRange(result.Messages.Select(message => message.Offset));
            cursor = result.Cursor;
        }

        await publishing;
        Assert.Equal(Enumerable.Range(1, 2000).Select(offset => (long)offset), offsets);
    }

    [Fact]
    public async Task A_store_that_fails_is_told_and_holds_no_lease()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        await node.PublishAsync(A, 3);
        node.Store.Reading = () => throw new RealtimeException("down", isTransient: true);

        await Assert.ThrowsAsync<RealtimeException>(() => PollAsync(node, "earliest", Wait, 10, A, B));

        time.Advance(ChannelLogs.IdleTime * 2);
        Assert.Equal(0, node.Logs.Count);
    }

    private static Task<PollResult> PollAsync(MemoryNode node, string? cursor, TimeSpan wait, int limit, params ChannelName[] channels)
    {
        Assert.True(ReadStart.TryParse(cursor, out var start), cursor);
        return node.Polls.PollAsync(new PollRequest(channels, start, limit, wait), Cancel).AsTask();
    }

    private static async Task<string> CursorAsync(MemoryNode node, params ChannelName[] channels) =>
        (await PollAsync(node, null, TimeSpan.Zero, 1, channels).Within("a cursor")).Cursor;
}
