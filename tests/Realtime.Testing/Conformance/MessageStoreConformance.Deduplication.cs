using Realtime.Channels;

namespace Realtime.Testing.Conformance;

public abstract partial class MessageStoreConformance
{
    [Fact]
    public async Task A_known_id_gives_the_first_message_and_takes_no_offset()
    {
        var store = await OpenAsync();
        var original = (await AppendAsync(store, 1, 3))[1].Message;

        var again = await store.AppendAsync([Draft(9, id: "id-2") with { User = "bob", Data = "\"other\""u8.ToArray() }, Draft(4)], Cancel);

        Assert.True(again[0].IsDuplicate);
        AssertSame(original, again[0].Message);
        Assert.Equal(4, again[0].State.Head);
        Assert.False(again[1].IsDuplicate);
        Assert.Equal(4, again[1].Message.Offset);
    }

    [Fact]
    public async Task An_id_is_recognised_within_one_batch()
    {
        var store = await OpenAsync();

        var outcomes = await store.AppendAsync([Draft(1), Draft(2), Draft(3, id: "id-1"), Draft(3), Draft(4, id: "id-3")], Cancel);

        Assert.Equal([false, false, true, false, true], [.. outcomes.Select(outcome => outcome.IsDuplicate)]);
        Assert.Equal([1, 2, 1, 3, 3], Offsets(outcomes));
        AssertSame(Message.Create(Draft(1), 1), outcomes[2].Message);
        Assert.Equal(Range(1, 3), await OffsetsAsync(store));
    }

    [Fact]
    public async Task A_batch_of_nothing_but_known_ids_changes_nothing()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 3);
        var before = await store.GetStateAsync(Room, Cancel);

        var outcomes = await AppendAsync(store, 1, 3);

        Assert.All(outcomes, outcome => Assert.True(outcome.IsDuplicate));
        Assert.All(outcomes, outcome => Assert.Equal(before, outcome.State));
        Assert.Equal(Range(1, 3), await OffsetsAsync(store));
    }

    [Fact]
    public async Task Ids_of_channels_and_letters_in_another_case_are_independent()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 1);

        var outcomes = await store.AppendAsync([Draft(1, ChannelName.Parse("room:other")), Draft(1, id: "ID-1")], Cancel);

        Assert.All(outcomes, outcome => Assert.False(outcome.IsDuplicate));
    }

    [Fact]
    public async Task An_id_of_a_trimmed_message_is_recognised_within_the_window()
    {
        var store = await OpenAsync(Keep(maxMessages: 2));
        var original = (await AppendAsync(store, 1, 1))[0].Message;
        await AppendAsync(store, 2, 5);
        await store.TrimAsync(Start.AddSeconds(1) + TimeSpan.FromMinutes(10), Cancel);

        var again = (await store.AppendAsync([Draft(7, id: "id-1")], Cancel))[0];

        Assert.True(again.IsDuplicate);
        AssertSame(original, again.Message);
        Assert.Equal((5, 6), (again.State.First, again.State.Head));
        Assert.Equal(Range(5, 6), await OffsetsAsync(store));
    }

    [Fact]
    public async Task An_id_of_a_trimmed_message_is_forgotten_once_the_window_is_over()
    {
        var store = await OpenAsync(Keep(maxMessages: 2));
        await AppendAsync(store, 1, 6);

        await store.TrimAsync(Start.AddSeconds(2) + TimeSpan.FromMinutes(10), Cancel);
        var outcomes = await store.AppendAsync([Draft(900, id: "id-1"), Draft(900, id: "id-2")], Cancel);

        // The first is older than the window by a second, the second exactly as old.
        Assert.Equal([false, true], [.. outcomes.Select(outcome => outcome.IsDuplicate)]);
        Assert.Equal(7, outcomes[0].Message.Offset);
    }

    [Fact]
    public async Task An_id_of_a_retained_message_is_recognised_however_old_it_is()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 1);
        await store.TrimAsync(Start.AddDays(6), Cancel);

        Assert.True((await store.AppendAsync([Draft(600_000, id: "id-1")], Cancel))[0].IsDuplicate);
    }

    [Fact]
    public async Task Concurrent_appends_of_the_same_ids_append_each_once()
    {
        var store = await OpenAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => AppendAsync(store, 0, 20), Cancel)));

        Assert.Equal(Range(1, 20), await OffsetsAsync(store));
        Assert.Equal(20, outcomes.SelectMany(batch => batch).Count(outcome => !outcome.IsDuplicate));
        Assert.All(outcomes, batch => Assert.Equal(Range(1, 20), Offsets(batch)));
    }
}
