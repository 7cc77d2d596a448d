using Realtime.Testing.Clients;

namespace Realtime.Feeds.Tests;

public sealed class TimelineTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FeedStrategy.Push)]
    [InlineData(FeedStrategy.Pull)]
    [InlineData(FeedStrategy.Hybrid)]
    [InlineData(FeedStrategy.Auto)]
    public async Task A_timeline_is_read_to_its_very_end_past_all_that_is_kept_in_memory(FeedStrategy strategy)
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = strategy, MailboxSize = 100, MaxMailboxEntries = 10_000 }, maxPosts: 3_000);
        await world.Feeds.FollowAsync("bob", "ann", Cancel);
        await world.Feeds.FollowAsync("bob", "eve", Cancel);
        for (var batch = 0; batch < 30; batch++)
        {
            // Many in one millisecond, and then some in others.
            await world.PostAsync(Enumerable.Range(0, 100).Select(number => ("ann", $"a{batch}-{number}")));
            await world.PostAsync(("eve", $"e{batch}"));
            world.Time.Advance(TimeSpan.FromMilliseconds(batch % 3));
            await world.Fanout.RunAllAsync();
        }

        var expected = await world.ExpectedAsync("bob");
        Assert.Equal(3_030, expected.Count);
        foreach (var limit in new[] { 1_000, 70 })
        {
            Assert.Equal(expected.Select(post => post.Id), (await world.ReadAsync("bob", strategy, limit)).Select(post => post.Id));
            await world.SettleAsync();
        }
    }

    [Fact]
    public async Task Two_authors_who_use_one_id_in_one_millisecond_are_both_shown()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions());
        await world.Feeds.FollowAsync("bob", "ann", Cancel);
        await world.Feeds.FollowAsync("bob", "eve", Cancel);
        await world.PostAsync(("ann", "same"), ("eve", "same"), ("bob", "same"));
        await world.Fanout.RunAllAsync();

        foreach (var strategy in Enum.GetValues<FeedStrategy>())
            Assert.Equal(["eve", "bob", "ann"], (await world.ReadAsync("bob", strategy, limit: 1)).Select(post => post.User));
    }

    [Theory]
    [InlineData(FeedStrategy.Push)]
    [InlineData(FeedStrategy.Pull)]
    [InlineData(FeedStrategy.Hybrid)]
    [InlineData(FeedStrategy.Auto)]
    public async Task What_grew_too_old_or_was_deleted_is_in_no_timeline_though_it_was_read_before(FeedStrategy strategy)
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = strategy }, maxAge: TimeSpan.FromHours(1));
        foreach (var author in new[] { "ann", "cid", "dot", "eve", "fay" })
            await world.Feeds.FollowAsync("bob", author, Cancel);
        await world.PostAsync(("ann", "old-1"), ("cid", "old-2"), ("dot", "old-3"), ("eve", "old-4"), ("fay", "old-5"));
        world.Time.Advance(TimeSpan.FromMinutes(50));
        await world.PostAsync(("ann", "new"), ("cid", "deleted"), ("dot", "last"));
        await world.Fanout.RunAllAsync();
        Assert.Equal(8, (await world.ReadAsync("bob", strategy)).Count);
        await world.SettleAsync();

        await world.Feeds.DeletePostAsync("cid", "deleted", Cancel);
        Assert.DoesNotContain("deleted", (await world.ReadAsync("bob", strategy)).Select(post => post.Id));
        world.Time.Advance(TimeSpan.FromMinutes(15));
        var left = await Deadline.UntilAsync(() => world.ReadAsync("bob", strategy), posts => posts.Count < 3, "posts that grew too old are gone");
        Assert.Equal(["last", "new"], left.Select(post => post.Id).Order());
    }

    [Fact]
    public async Task While_all_write_read_follow_and_work_at_once_whoever_is_followed_is_read_whole_and_in_order()
    {
        const int authors = 6, posts = 150;
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = FeedStrategy.Auto, FollowerThreshold = 3, MailboxSize = 60, MaxMailboxEntries = 300 });
        string[] names = [.. Enumerable.Range(0, authors).Select(number => $"author{number}")];
        foreach (var name in names)
            await world.Feeds.FollowAsync("bob", name, Cancel);
        var acknowledged = new long[authors];
        var done = 0;

        var writers = names.Select((name, index) => Task.Run(
            async () =>
            {
                for (var number = 0; number < posts; number++)
                {
                    var post = Assert.Single(await world.PostAsync((name, $"{name}-{number}")));
                    Volatile.Write(ref acknowledged[index], post.Offset);
                    if (number % 25 == 0)
                        world.Time.Advance(TimeSpan.FromMilliseconds(1));
                }

                Interlocked.Increment(ref done);
            },
            Cancel)).ToList();
        var others = new[]
        {
            Task.Run(() => UntilDoneAsync(() => world.Fanout.StepAsync(Random.Shared.Next(20), Random.Shared.Next(4) == 0)), Cancel),
            Task.Run(
                () => UntilDoneAsync(async () =>
                {
                    var fan = $"fan{Random.Shared.Next(8)}";
                    await world.Feeds.FollowAsync(fan, names[0], Cancel);
                    await world.Feeds.UnfollowAsync($"fan{Random.Shared.Next(8)}", names[0], Cancel);
                    await world.Mailboxes.DropAsync("bob", Cancel);
                }),
                Cancel),
            Task.Run(() => UntilDoneAsync(CheckAsync), Cancel),
        };
        await Task.WhenAll(writers.Concat(others));

        Assert.Equal((await world.ExpectedAsync("bob")).Select(post => post.Id), (await world.ReadAsync("bob")).Select(post => post.Id));

        async Task UntilDoneAsync(Func<Task> work)
        {
            while (Volatile.Read(ref done) < authors)
                await work();
        }

        async Task CheckAsync()
        {
            var before = acknowledged.Select((_, index) => Volatile.Read(ref acknowledged[index])).ToArray();
            var page = await world.Feeds.ReadTimelineAsync(new TimelineRequest("bob", (FeedStrategy)Random.Shared.Next(4), PostPosition.Newest, 1_000), Cancel);
            Assert.Equal(page.Posts.OrderByDescending(post => PostRef.Of(post).Position).Select(post => post.Id), page.Posts.Select(post => post.Id));
            foreach (var author in names.Index())
            {
                var offsets = page.Posts.Where(post => post.User == author.Item).Select(post => post.Offset).Order().ToList();
                Assert.Equal(Enumerable.Range(1, offsets.Count).Select(offset => (long)offset), offsets);
                Assert.True(offsets.Count >= before[author.Index], $"{author.Item}: {before[author.Index]} were acknowledged, {offsets.Count} were read");
            }
        }
    }
}
