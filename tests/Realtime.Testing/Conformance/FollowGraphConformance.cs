using Realtime.Feeds;

namespace Realtime.Testing.Conformance;

/// <summary>What every follow graph does.</summary>
public abstract class FollowGraphConformance : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected IFollowGraph Graph { get; private set; } = null!;

    /// <summary>Makes an empty graph.</summary>
    protected abstract ValueTask<IFollowGraph> CreateAsync();

    public async ValueTask InitializeAsync() => Graph = await CreateAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_follow_is_there_once_and_until_it_is_ended()
    {
        Assert.Equal(FollowOutcome.Followed, await Graph.FollowAsync("bob", "ann", 10, Cancel));
        Assert.Equal(FollowOutcome.Already, await Graph.FollowAsync("bob", "ann", 10, Cancel));
        Assert.Equal(FollowOutcome.Followed, await Graph.FollowAsync("cid", "ann", 10, Cancel));

        Assert.Equal(["ann"], await Graph.GetAllFollowsAsync("bob", Cancel));
        Assert.Equal([2L, 0, 0], await Graph.CountFollowersAsync(["ann", "bob", "nobody"], Cancel));
        Assert.True(await Graph.UnfollowAsync("bob", "ann", Cancel));
        Assert.False(await Graph.UnfollowAsync("bob", "ann", Cancel));
        Assert.False(await Graph.UnfollowAsync("nobody", "ann", Cancel));
        Assert.Empty(await Graph.GetAllFollowsAsync("bob", Cancel));
        Assert.Equal([1L], await Graph.CountFollowersAsync(["ann"], Cancel));
    }

    [Fact]
    public async Task Nobody_follows_himself_and_nobody_more_than_the_limit()
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await Graph.FollowAsync("ann", "ann", 10, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Graph.ImportAsync([new Follow("bob", "ann"), new Follow("ann", "ann")], Cancel));
        Assert.Empty(await Graph.GetAllFollowsAsync("bob", Cancel));

        await Graph.FollowAsync("bob", "a", 2, Cancel);
        await Graph.FollowAsync("bob", "b", 2, Cancel);
        Assert.Equal(FollowOutcome.TooMany, await Graph.FollowAsync("bob", "c", 2, Cancel));
        Assert.Equal(FollowOutcome.Already, await Graph.FollowAsync("bob", "a", 2, Cancel));
        await Graph.UnfollowAsync("bob", "a", Cancel);
        Assert.Equal(FollowOutcome.Followed, await Graph.FollowAsync("bob", "c", 2, Cancel));
    }

    [Fact]
    public async Task Lists_are_paged_by_name()
    {
        Assert.Equal(5, await Graph.ImportAsync([new("d", "ann"), new("B", "ann"), new("a", "ann"), new("c", "ann"), new("e", "ann")], Cancel));

        var first = await Graph.GetFollowersAsync("ann", null, 2, Cancel);
        var second = await Graph.GetFollowersAsync("ann", first.Next, 2, Cancel);
        var third = await Graph.GetFollowersAsync("ann", second.Next, 2, Cancel);

        Assert.Equal(["B", "a"], first.Users);
        Assert.Equal(["c", "d"], second.Users);
        Assert.Equal(["e"], third.Users);
        Assert.Equal([5L, 5, 5], [first.Count, second.Count, third.Count]);
        Assert.Null(third.Next);
        Assert.Null((await Graph.GetFollowersAsync("ann", null, 5, Cancel)).Next);
        var follows = await Graph.GetFollowsAsync("a", null, 10, Cancel);
        Assert.Equal(["ann"], follows.Users);
        Assert.Equal(1, follows.Count);
        Assert.Equal(0, (await Graph.GetFollowsAsync("nobody", null, 10, Cancel)).Count);
    }

    [Fact]
    public async Task An_import_counts_what_is_new_and_each_follow_once()
    {
        await Graph.FollowAsync("bob", "ann", 10, Cancel);

        Assert.Equal(2, await Graph.ImportAsync([new("bob", "ann"), new("cid", "ann"), new("cid", "ann"), new("ann", "bob")], Cancel));
        Assert.Equal(0, await Graph.ImportAsync([new("cid", "ann")], Cancel));
        Assert.Equal([2L, 1], await Graph.CountFollowersAsync(["ann", "bob"], Cancel));
    }

    [Fact]
    public async Task A_fan_out_meets_each_follower_who_was_seen_in_the_span_once()
    {
        string[] fans = [.. Enumerable.Range(0, 25).Select(number => $"fan{number:00}")];
        await Graph.ImportAsync([.. fans.Select(fan => new Follow(fan, "ann")), new Follow("never", "ann"), new Follow("fan00", "eve")], Cancel);
        await Graph.SeenAsync(fans[..20], Start, Cancel);
        await Graph.SeenAsync(fans[..10], Start.AddHours(1), Cancel);
        await Graph.SeenAsync(fans[..5], Start, Cancel);

        Assert.Equal(fans[..10], await AllAsync("ann", Start.AddMinutes(30), DateTimeOffset.MaxValue));
        Assert.Equal(fans[10..20], await AllAsync("ann", Start, Start.AddMinutes(30)));
        Assert.Equal(["fan00"], await AllAsync("eve", Start, DateTimeOffset.MaxValue));
        Assert.Empty(await AllAsync("nobody", Start, DateTimeOffset.MaxValue));
        Assert.Equal(Start.AddHours(1), await Graph.LastSeenAsync("fan00", Cancel));
        Assert.Equal(Start, await Graph.LastSeenAsync("fan15", Cancel));
        Assert.Null(await Graph.LastSeenAsync("never", Cancel));
        Assert.Null(await Graph.LastSeenAsync("nobody", Cancel));
    }

    [Fact]
    public async Task Counts_are_right_when_many_follow_and_leave_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => Task.Run(
            async () =>
            {
                for (var round = 0; round < 15; round++)
                {
                    await Graph.FollowAsync($"fan{worker}", $"author{round % 3}", 10, Cancel);
                    await Graph.FollowAsync($"author{round % 3}", $"fan{worker}", 100, Cancel);
                    if (round % 2 == 0)
                        await Graph.UnfollowAsync($"fan{worker}", $"author{round % 3}", Cancel);
                    await Graph.SeenAsync([$"fan{worker}", "author0", "author1"], Start.AddSeconds(round), Cancel);
                }
            },
            Cancel)));

        string[] authors = ["author0", "author1", "author2"];
        var counts = await Graph.CountFollowersAsync(authors, Cancel);
        for (var i = 0; i < authors.Length; i++)
        {
            var page = await Graph.GetFollowersAsync(authors[i], null, 100, Cancel);
            Assert.Equal(page.Users.Count, counts[i]);
            Assert.Equal(12, (await Graph.GetFollowsAsync(authors[i], null, 100, Cancel)).Count);
        }
    }

    private async Task<List<string>> AllAsync(string author, DateTimeOffset from, DateTimeOffset before)
    {
        var users = new List<string>();
        var after = 0L;
        do
        {
            var chunk = await Graph.GetFollowersAsync(author, after, 3, from, before, Cancel);
            Assert.InRange(chunk.Users.Count, chunk.Next == 0 ? 0 : 1, 3);
            users.AddRange(chunk.Users);
            after = chunk.Next;
        }
        while (after != 0);
        users.Sort(StringComparer.Ordinal);
        return users;
    }
}
