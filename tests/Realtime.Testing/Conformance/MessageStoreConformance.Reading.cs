using Realtime.Channels;

namespace Realtime.Testing.Conformance;

public abstract partial class MessageStoreConformance
{
    [Fact]
    public async Task An_unknown_channel_is_empty_and_has_the_stores_epoch()
    {
        var store = await OpenAsync();

        var unknown = await store.GetStateAsync(Room, Cancel);
        var page = await store.ReadAsync(Room, 0, 10, Cancel);
        var known = (await AppendAsync(store, 1, 1))[0].State;

        Assert.Equal(new ChannelState(known.Epoch, 1, 0), unknown);
        Assert.Equal(unknown, page.State);
        Assert.Empty(page.Messages);
        Assert.Equal(1, await store.FindOffsetAsync(ChannelName.Parse("other"), Start, Cancel));
    }

    [Fact]
    public async Task States_come_in_the_order_asked_for()
    {
        var store = await OpenAsync(Keep(maxMessages: 2));
        var other = ChannelName.Parse("other");
        var epoch = (await AppendAsync(store, 1, 3))[0].State.Epoch;
        await AppendAsync(store, 1, 1, other);

        var states = await store.GetStatesAsync([other, ChannelName.Parse("unknown"), Room, other], Cancel);

        Assert.Equal([new(epoch, 1, 1), new(epoch, 1, 0), new(epoch, 2, 3), new ChannelState(epoch, 1, 1)], states);
    }

    [Fact]
    public async Task Thousands_of_states_are_told_at_once()
    {
        var store = await OpenAsync();
        var names = Enumerable.Range(0, 5_000).Select(i => ChannelName.Parse($"room:{i}")).ToArray();
        await store.AppendAsync([.. names.Where((_, i) => i % 2 == 1).Select(name => Draft(1, name))], Cancel);

        var states = await store.GetStatesAsync(names, Cancel);

        Assert.Equal([.. names.Select((_, i) => (long)(i % 2))], [.. states.Select(state => state.Head)]);
    }

    [Fact]
    public async Task Two_stores_have_different_epochs()
    {
        var first = await (await OpenAsync()).GetStateAsync(Room, Cancel);
        var second = await (await OpenAsync()).GetStateAsync(Room, Cancel);

        Assert.NotEqual(first.Epoch, second.Epoch);
    }

    [Theory]
    [InlineData(0, 3, new long[] { 1, 2, 3 })]
    [InlineData(0, 10, new long[] { 1, 2, 3, 4, 5 })]
    [InlineData(3, 1, new long[] { 4 })]
    [InlineData(3, int.MaxValue, new long[] { 4, 5 })]
    [InlineData(4, 10, new long[] { 5 })]
    [InlineData(5, 10, new long[] { })]
    [InlineData(6, 10, new long[] { })]
    [InlineData(long.MaxValue, 10, new long[] { })]
    public async Task A_page_starts_after_the_asked_offset_and_has_no_more_than_the_limit(long after, int limit, long[] expected)
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 5);
        await AppendAsync(store, 1, 5, ChannelName.Parse("room:next"));

        var page = await store.ReadAsync(Room, after, limit, Cancel);

        Assert.Equal(expected, Offsets(page.Messages));
        Assert.Equal((1, 5), (page.State.First, page.State.Head));
    }

    [Theory]
    [InlineData(0, 2, new long[] { 4, 5 })]
    [InlineData(2, 2, new long[] { 4, 5 })]
    [InlineData(3, 2, new long[] { 4, 5 })]
    [InlineData(4, 2, new long[] { 5, 6 })]
    public async Task A_read_below_the_first_retained_message_starts_there(long after, int limit, long[] expected)
    {
        var store = await OpenAsync(Keep(maxMessages: 3));
        await AppendAsync(store, 1, 6);

        var page = await store.ReadAsync(Room, after, limit, Cancel);

        Assert.Equal(expected, Offsets(page.Messages));
        Assert.Equal((4, 6), (page.State.First, page.State.Head));
    }

    [Fact]
    public async Task Reading_below_zero_or_nothing_is_the_callers_mistake()
    {
        var store = await OpenAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.ReadAsync(Room, -1, 1, Cancel));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.ReadAsync(Room, 0, 0, Cancel));
    }

    [Fact]
    public async Task Every_page_read_beside_appends_and_trimming_is_contiguous_and_agrees_with_its_state()
    {
        var store = await OpenAsync(Keep(maxMessages: 20, window: TimeSpan.FromSeconds(1)));
        var appending = Task.Run(async () =>
        {
            for (var batch = 0; batch < 100; batch++)
            {
                await AppendAsync(store, batch * 3, 3);
                await store.TrimAsync(Start.AddSeconds(1_000), Cancel);
            }
        }, Cancel);

        while (!appending.IsCompleted)
        {
            var page = await store.ReadAsync(Room, 0, 1_000, Cancel);
            Assert.InRange(page.State.Head - page.State.First + 1, 0, 20);
            Assert.Equal(Range(page.State.First, page.State.Head), Offsets(page.Messages));
        }

        await appending;
        Assert.Equal(Range(281, 300), await OffsetsAsync(store));
    }

    [Fact]
    public async Task The_first_message_of_a_time_or_later_is_found()
    {
        var store = await OpenAsync(Keep(maxMessages: 5));
        // Offsets 4 to 8 are retained, at seconds 40, 50, 50, 50 and 60.
        int[] times = [10, 20, 30, 40, 50, 50, 50, 60];
        await store.AppendAsync([.. times.Select((seconds, i) => Draft(seconds, id: $"id-{i}"))], Cancel);

        Assert.Equal(4, await FindAsync(TimeSpan.Zero));
        Assert.Equal(4, await FindAsync(TimeSpan.FromSeconds(40)));
        Assert.Equal(5, await FindAsync(TimeSpan.FromSeconds(40) + TimeSpan.FromTicks(1)));
        Assert.Equal(5, await FindAsync(TimeSpan.FromSeconds(50)));
        Assert.Equal(8, await FindAsync(TimeSpan.FromSeconds(50.001)));
        Assert.Equal(8, await FindAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal(9, await FindAsync(TimeSpan.FromSeconds(60) + TimeSpan.FromTicks(1)));
        Assert.Equal(4, await store.FindOffsetAsync(Room, DateTimeOffset.MinValue, Cancel));
        Assert.Equal(9, await store.FindOffsetAsync(Room, DateTimeOffset.MaxValue, Cancel));

        async Task<long> FindAsync(TimeSpan since) => await store.FindOffsetAsync(Room, Start + since, Cancel);
    }

    [Fact]
    public async Task A_time_in_another_zone_is_the_same_time()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 3);

        Assert.Equal(2, await store.FindOffsetAsync(Room, Start.AddSeconds(2).ToOffset(TimeSpan.FromHours(5)), Cancel));
    }
}
