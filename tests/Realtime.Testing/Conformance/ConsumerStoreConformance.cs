using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Testing.Conformance;

/// <summary>What every store of consumers does.</summary>
public abstract class ConsumerStoreConformance : IAsyncLifetime
{
    private const int Many = 1_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    private static readonly ChannelName Room = ChannelName.Parse("room:general");
    private static readonly ChannelName Other = ChannelName.Parse("room:other");
    private static readonly Epoch Life = new(0xfedcba98);

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected IConsumerStore Store { get; private set; } = null!;

    /// <summary>Makes an empty store.</summary>
    protected abstract ValueTask<IConsumerStore> CreateAsync();

    public async ValueTask InitializeAsync() => Store = await CreateAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_was_committed_last_is_found()
    {
        var worker = ConsumerKey.Of(Room, "worker", "bob");
        Assert.Null(await Store.FindAsync(worker, Cancel));

        Assert.True(await Store.CommitAsync(worker, new Position(Life, 42), Start, Many, Cancel));
        Assert.True(await Store.CommitAsync(worker, new Position(Life, 7), Start, Many, Cancel));

        Assert.Equal(new Position(Life, 7), await Store.FindAsync(worker, Cancel));
        Assert.Null(await Store.FindAsync(ConsumerKey.Of(Other, "worker", "bob"), Cancel));
        Assert.True(await Store.RemoveAsync(worker, Cancel));
        Assert.False(await Store.RemoveAsync(worker, Cancel));
        Assert.Null(await Store.FindAsync(worker, Cancel));
    }

    [Fact]
    public async Task A_consumer_is_shared_and_a_read_marker_is_everybodys_own()
    {
        foreach (var (user, offset) in new[] { ("bob", 1L), ("ann\0\u00e9", 2) })
        {
            await Store.CommitAsync(ConsumerKey.Of(Room, "worker", user), new Position(Life, offset), Start, Many, Cancel);
            await Store.CommitAsync(ConsumerKey.Of(Room, "me", user), new Position(Life, offset), Start, Many, Cancel);
        }

        Assert.Equal(2, (await Store.FindAsync(ConsumerKey.Of(Room, "worker", "bob"), Cancel))?.Offset);
        Assert.Equal(1, (await Store.FindAsync(ConsumerKey.Of(Room, "me", "bob"), Cancel))?.Offset);
        Assert.Equal(2, (await Store.FindAsync(ConsumerKey.Of(Room, "me", "ann\0\u00e9"), Cancel))?.Offset);
    }

    [Fact]
    public async Task An_inbox_holds_what_was_marked_and_what_was_written_in_and_nobody_elses()
    {
        await Store.WroteAsync([new("bob", Room), new("ann", Room)], Start, Cancel);
        await Store.CommitAsync(ConsumerKey.Of(Other, "me", "bob"), new Position(Life, 3), Start.AddSeconds(1), Many, Cancel);
        await Store.CommitAsync(ConsumerKey.Of(Other, "worker", "bob"), new Position(Life, 3), Start.AddSeconds(1), Many, Cancel);

        Assert.Equal([new MarkedChannel(Other, new Position(Life, 3)), new MarkedChannel(Room, null)], await Store.ListAsync("bob", 10, Cancel));
        Assert.Null(await Store.FindAsync(ConsumerKey.Of(Room, "me", "bob"), Cancel));

        await Store.CommitAsync(ConsumerKey.Of(Room, "me", "bob"), new Position(Life, 9), Start.AddSeconds(2), Many, Cancel);
        await Store.WroteAsync([new("bob", Room)], Start.AddSeconds(3), Cancel);

        Assert.Equal([new MarkedChannel(Room, new Position(Life, 9))], await Store.ListAsync("bob", 1, Cancel));
        Assert.Empty(await Store.ListAsync("eve", 10, Cancel));
    }

    [Fact]
    public async Task A_channel_has_no_more_shared_consumers_than_it_may_and_as_many_read_markers_as_people()
    {
        for (var number = 0; number < 3; number++)
            Assert.True(await Store.CommitAsync(ConsumerKey.Of(Room, $"worker{number}", "bob"), new Position(Life, 1), Start, 3, Cancel));

        Assert.False(await Store.CommitAsync(ConsumerKey.Of(Room, "worker3", "bob"), new Position(Life, 1), Start, 3, Cancel));
        Assert.Null(await Store.FindAsync(ConsumerKey.Of(Room, "worker3", "bob"), Cancel));
        Assert.True(await Store.CommitAsync(ConsumerKey.Of(Room, "worker1", "bob"), new Position(Life, 2), Start, 3, Cancel));
        Assert.True(await Store.CommitAsync(ConsumerKey.Of(Room, "me", "bob"), new Position(Life, 2), Start, 3, Cancel));
        Assert.True(await Store.CommitAsync(ConsumerKey.Of(Other, "worker3", "bob"), new Position(Life, 2), Start, 3, Cancel));
        await Store.RemoveAsync(ConsumerKey.Of(Room, "worker0", "bob"), Cancel);
        Assert.True(await Store.CommitAsync(ConsumerKey.Of(Room, "worker3", "bob"), new Position(Life, 2), Start, 3, Cancel));
    }
}
