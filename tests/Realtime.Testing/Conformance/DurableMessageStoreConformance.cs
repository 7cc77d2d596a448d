using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Testing.Conformance;

/// <summary>What a message store has to do that outlives its process.</summary>
public abstract class DurableMessageStoreConformance : MessageStoreConformance
{
    /// <summary>Makes another store of what <paramref name="closed"/> left, not yet opened.</summary>
    protected abstract ValueTask<IMessageStore> ReopenAsync(IMessageStore closed, MessageStoreOptions options);

    [Fact]
    public async Task Reopening_keeps_epoch_bounds_and_messages()
    {
        var store = await OpenAsync(Keep(maxMessages: 5));
        var other = ChannelName.Parse("other");
        await AppendAsync(store, 1, 8);
        await AppendAsync(store, 1, 1, other);
        var states = (await store.GetStateAsync(Room, Cancel), await store.GetStateAsync(other, Cancel));
        var messages = (await store.ReadAsync(Room, 0, 100, Cancel)).Messages;

        store = await CloseAndReopenAsync(store, Keep(maxMessages: 5));

        Assert.Equal(states, (await store.GetStateAsync(Room, Cancel), await store.GetStateAsync(other, Cancel)));
        var read = (await store.ReadAsync(Room, 0, 100, Cancel)).Messages;
        Assert.Equal(messages.Count, read.Count);
        for (var i = 0; i < read.Count; i++)
            AssertSame(messages[i], read[i]);
        Assert.Equal(states.Item1.Epoch, (await store.GetStateAsync(ChannelName.Parse("never-seen"), Cancel)).Epoch);
    }

    [Fact]
    public async Task Reopening_goes_on_counting_and_recognises_ids_of_retained_and_trimmed_messages()
    {
        var store = await OpenAsync(Keep(maxMessages: 2));
        var originals = await AppendAsync(store, 1, 4);

        store = await CloseAndReopenAsync(store, Keep(maxMessages: 2));
        var outcomes = await AppendAsync(store, 1, 5);

        Assert.Equal([true, true, true, true, false], [.. outcomes.Select(outcome => outcome.IsDuplicate)]);
        for (var i = 0; i < originals.Count; i++)
            AssertSame(originals[i].Message, outcomes[i].Message);
        Assert.Equal(5, outcomes[4].Message.Offset);
        Assert.Equal((4, 5), await BoundsAsync(store));
    }

    [Fact]
    public async Task Reopening_keeps_what_trimming_did()
    {
        var options = Keep(maxAge: TimeSpan.FromMinutes(1), window: TimeSpan.FromMinutes(2));
        var store = await OpenAsync(options);
        await AppendAsync(store, 0, 5);
        await store.TrimAsync(Start.AddHours(1), Cancel);

        store = await CloseAndReopenAsync(store, options);

        Assert.Equal((6, 5), await BoundsAsync(store));
        Assert.Empty(await store.TrimAsync(Start.AddHours(1), Cancel));
        Assert.Equal(6, (await AppendAsync(store, 3_600, 1))[0].Message.Offset);
    }

    [Fact]
    public async Task Stricter_rules_after_reopening_hold_from_the_first_trimming_on()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 10);

        store = await CloseAndReopenAsync(store, Keep(maxMessages: 4));
        var trimmed = await store.TrimAsync(Start.AddSeconds(11), Cancel);

        Assert.Equal((7, 10), (Assert.Single(trimmed).State.First, trimmed[0].State.Head));
        Assert.Equal(Range(7, 10), await OffsetsAsync(store));

        store = await CloseAndReopenAsync(store, Keep(maxAge: TimeSpan.FromSeconds(5)));
        trimmed = await store.TrimAsync(Start.AddSeconds(14), Cancel);
        Assert.Equal(9, Assert.Single(trimmed).State.First);
    }

    [Fact]
    public async Task Disposing_keeps_every_append_that_completed_and_halves_none()
    {
        var store = await OpenAsync();
        var appends = Enumerable.Range(0, 300)
            .Select(i => Task.Run(async () => await store.AppendAsync(Drafts(i * 10, 10), Cancel), Cancel))
            .ToArray();
        await await Task.WhenAny(appends);
        await store.DisposeAsync();
        await EndedAsync(appends);

        store = await OpenAsync(await ReopenAsync(store, new MessageStoreOptions()));

        var done = appends.Where(append => append.IsCompletedSuccessfully).SelectMany(append => append.Result);
        var stored = (await store.ReadAsync(Room, 0, 10_000, Cancel)).Messages;
        Assert.Equal(Range(1, stored.Count), Offsets(stored));
        // What was refused was not stored, and what was accepted is there, at its offset.
        Assert.Equal(done.Select(outcome => (outcome.Message.Offset, outcome.Message.Id)).Order(), stored.Select(m => (m.Offset, m.Id)));
    }

    private async Task<IMessageStore> CloseAndReopenAsync(IMessageStore store, MessageStoreOptions options)
    {
        await store.DisposeAsync();
        return await OpenAsync(await ReopenAsync(store, options));
    }
}
