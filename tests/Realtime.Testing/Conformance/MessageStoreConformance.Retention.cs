using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Testing.Conformance;

public abstract partial class MessageStoreConformance
{
    [Fact]
    public async Task A_channel_holds_no_more_than_its_bound_after_every_append()
    {
        var store = await OpenAsync(Keep(maxMessages: 3));

        for (var number = 1; number <= 8; number++)
        {
            var state = (await AppendAsync(store, number, 1))[0].State;
            Assert.Equal((Math.Max(1, number - 2), number), (state.First, state.Head));
            Assert.Equal(Range(state.First, state.Head), await OffsetsAsync(store));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_batch_larger_than_the_bound_leaves_its_newest_messages(int maxMessages)
    {
        var store = await OpenAsync(Keep(maxMessages));

        var outcomes = await AppendAsync(store, 1, 10);

        Assert.Equal(Range(1, 10), Offsets(outcomes));
        Assert.All(outcomes, outcome => Assert.Equal((11 - maxMessages, 10), (outcome.State.First, outcome.State.Head)));
        Assert.Equal(Range(11 - maxMessages, 10), await OffsetsAsync(store));
    }

    [Fact]
    public async Task Each_namespace_has_its_own_rule()
    {
        var options = Keep(maxMessages: 2, maxAge: TimeSpan.FromHours(1));
        options.Retention["room"] = new RetentionRule { MaxMessages = 4, MaxAge = TimeSpan.FromDays(1) };
        var store = await OpenAsync(options);
        var other = ChannelName.Parse("roomy");
        await AppendAsync(store, 1, 6);
        await AppendAsync(store, 1, 6, other);

        Assert.Equal((3, 6), await BoundsAsync(store));
        Assert.Equal((5, 6), await BoundsAsync(store, other));

        var trimmed = await store.TrimAsync(Start.AddHours(2), Cancel);
        Assert.Equal([other], [.. trimmed.Select(channel => channel.Channel)]);
        Assert.Equal((3, 6), await BoundsAsync(store));
        Assert.Equal((7, 6), await BoundsAsync(store, other));
    }

    [Fact]
    public async Task Messages_older_than_their_age_are_trimmed_and_told()
    {
        var store = await OpenAsync(Keep(maxAge: TimeSpan.FromMinutes(1)));
        var epoch = (await AppendAsync(store, 0, 10))[0].State.Epoch;

        Assert.Empty(await store.TrimAsync(Start.AddSeconds(60), Cancel));
        Assert.Equal((1, 10), await BoundsAsync(store));

        var trimmed = await store.TrimAsync(Start.AddSeconds(63), Cancel);
        Assert.Equal([new TrimmedChannel(Room, new ChannelState(epoch, 4, 10))], trimmed);
        Assert.Equal(Range(4, 10), await OffsetsAsync(store));

        Assert.Empty(await store.TrimAsync(Start.AddSeconds(63), Cancel));
    }

    [Fact]
    public async Task A_channel_trimmed_empty_goes_on_counting_in_its_epoch()
    {
        var store = await OpenAsync(Keep(maxAge: TimeSpan.FromMinutes(1), window: TimeSpan.FromMinutes(2)));
        var before = (await AppendAsync(store, 0, 5))[0].State;

        await store.TrimAsync(Start.AddHours(1), Cancel);
        Assert.Equal(before with { First = 6 }, await store.GetStateAsync(Room, Cancel));
        Assert.Empty(await OffsetsAsync(store));
        Assert.Equal(6, await store.FindOffsetAsync(Room, Start, Cancel));

        var after = (await AppendAsync(store, 3_600, 2))[0].State;
        Assert.Equal(before with { First = 6, Head = 7 }, after);
        Assert.Equal(Range(6, 7), await OffsetsAsync(store));
        Assert.Single(await store.TrimAsync(Start.AddSeconds(3_661), Cancel));
        Assert.Equal((7, 7), await BoundsAsync(store));
    }

    [Fact]
    public async Task Age_trims_what_count_has_left()
    {
        var store = await OpenAsync(Keep(maxMessages: 5, maxAge: TimeSpan.FromMinutes(1)));
        await AppendAsync(store, 0, 10);

        Assert.Empty(await store.TrimAsync(Start.AddSeconds(64), Cancel));
        var trimmed = await store.TrimAsync(Start.AddSeconds(67), Cancel);

        Assert.Equal((8, 10), (Assert.Single(trimmed).State.First, trimmed[0].State.Head));
    }

    [Fact]
    public async Task Ages_and_windows_without_end_trim_nothing()
    {
        var store = await OpenAsync(Keep(maxAge: TimeSpan.MaxValue, window: TimeSpan.MaxValue));
        await AppendAsync(store, 0, 3);

        Assert.Empty(await store.TrimAsync(Start.AddYears(1_000), Cancel));
        Assert.Equal(Range(1, 3), await OffsetsAsync(store));
    }

    [Fact]
    public async Task Trimming_many_channels_of_many_messages_takes_more_than_one_step()
    {
        const int messages = 1_300, channels = 1_200;
        var store = await OpenAsync(Keep(maxMessages: messages, maxAge: TimeSpan.FromHours(1)));
        var names = Enumerable.Range(0, channels).Select(i => ChannelName.Parse($"room:{i}")).ToArray();
        await AppendAsync(store, 0, messages);
        await store.AppendAsync([.. names.Select(name => Draft(1, name))], Cancel);

        var now = Start.AddDays(1);
        var trimmed = await store.TrimAsync(now, Cancel);

        Assert.Equal(names.Append(Room).ToHashSet(), [.. trimmed.Select(channel => channel.Channel)]);
        Assert.All(trimmed, channel => Assert.Equal(channel.State.Head + 1, channel.State.First));
        // Nothing is left whose id would be recognised.
        Assert.All(await AppendAsync(store, 0, messages), outcome => Assert.False(outcome.IsDuplicate));
        var again = await store.AppendAsync([.. names.Select(name => Draft(2, name, "id-1"))], Cancel);
        Assert.All(again, outcome => Assert.False(outcome.IsDuplicate));
        Assert.Equal((messages + 1, 2 * messages), await BoundsAsync(store));
    }

    [Fact]
    public async Task Appends_and_reads_go_on_while_trimming()
    {
        var store = await OpenAsync(Keep(maxMessages: 2_000, maxAge: TimeSpan.FromMinutes(20)));
        await AppendAsync(store, 0, 2_000);

        var trimming = Task.Run(async () => await store.TrimAsync(Start.AddSeconds(1_000) + TimeSpan.FromMinutes(20), Cancel), Cancel);
        for (var number = 2_000; number < 2_050; number++)
            Assert.Equal(number + 1, (await AppendAsync(store, number, 1))[0].Message.Offset);
        await trimming;

        Assert.Equal((1_001, 2_050), await BoundsAsync(store));
        Assert.Equal(Range(1_001, 2_050), await OffsetsAsync(store));
    }
}
