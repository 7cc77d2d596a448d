using Realtime.Stores;

namespace Realtime.Testing.Conformance;

public abstract partial class MessageStoreConformance
{
    [Fact]
    public async Task A_call_with_a_cancelled_token_is_cancelled_and_changes_nothing()
    {
        var store = await OpenAsync();
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var cancelled = source.Token;
        await AppendAsync(store, 1, 1);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.AppendAsync(Drafts(2, 1), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReadAsync(Room, 0, 1, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.GetStateAsync(Room, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.GetStatesAsync([Room], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.FindOffsetAsync(Room, Start, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.TrimAsync(Start.AddYears(1), cancelled));

        Assert.Equal(Range(1, 1), await OffsetsAsync(store));
        Assert.Equal(2, (await AppendAsync(store, 2, 1))[0].Message.Offset);
    }

    [Fact]
    public async Task Appends_cancelled_while_they_wait_leave_no_hole()
    {
        var store = await OpenAsync();
        using var source = new CancellationTokenSource();

        var appends = Enumerable.Range(0, 300).Select(i => store.AppendAsync([Draft(i)], source.Token).AsTask()).ToArray();
        await source.CancelAsync();
        await Task.WhenAll(appends.Select(append => append.ContinueWith(_ => { }, TaskScheduler.Default)));
        await AppendAsync(store, 1_000, 1);

        Assert.All(appends, append => Assert.True(append.IsCompletedSuccessfully || append.IsCanceled));
        var messages = (await store.ReadAsync(Room, 0, 1_000, Cancel)).Messages;
        Assert.Equal(Range(1, messages.Count), Offsets(messages));
        var stored = messages.Select(message => message.Id).ToHashSet();
        Assert.All(appends.Where(append => append.IsCompletedSuccessfully), append => Assert.Contains(append.Result[0].Message.Id, stored));
    }

    [Fact]
    public async Task A_disposed_store_refuses_every_call()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 1, 1);
        await store.DisposeAsync();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.AppendAsync(Drafts(2, 1), Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.ReadAsync(Room, 0, 1, Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetStateAsync(Room, Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.GetStatesAsync([Room], Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.FindOffsetAsync(Room, Start, Cancel));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.TrimAsync(Start, Cancel));
    }

    [Fact]
    public async Task Disposing_during_work_completes_or_refuses_every_call()
    {
        var store = await OpenAsync();
        await AppendAsync(store, 0, 1_000);

        var calls = BusyWith(store);
        await store.DisposeAsync();

        await EndedAsync(calls);
    }

    /// <summary>Starts many calls of every kind, on many threads.</summary>
    private protected static Task[] BusyWith(IMessageStore store) =>
        [.. Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            await store.AppendAsync(Drafts(10_000 + (i * 10), 10), Cancel);
            await store.ReadAsync(Room, i, 100, Cancel);
            await store.TrimAsync(Start, Cancel);
        }, Cancel))];

    /// <summary>Waits for calls that a store had in hand when it was disposed.</summary>
    private protected static async Task EndedAsync(Task[] calls)
    {
        foreach (var call in calls)
        {
            var exception = await Record.ExceptionAsync(() => call.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
            Assert.True(exception is null or ObjectDisposedException, exception?.ToString());
        }
    }
}
