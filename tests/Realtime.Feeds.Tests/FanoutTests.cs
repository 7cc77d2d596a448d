namespace Realtime.Feeds.Tests;

public sealed class FanoutTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_post_is_pushed_to_active_followers_and_read_without_a_source()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = FeedStrategy.Push });
        await FollowAsync(world, "ann", "bob", "cid");
        await ReadAllAsync(world, "bob", "cid");

        await world.PostAsync(("ann", "p1"));
        await world.Fanout.RunAllAsync();

        foreach (var user in new[] { "bob", "cid" })
        {
            var page = await ReadAsync(world, user);
            Assert.Equal(["p1"], page.Posts.Select(post => post.Id));
            Assert.Equal(new TimelineCost(1, 0, 1), page.Cost);
        }

        Assert.Equal(2, world.Metrics.Totals.MailboxWrites);
    }

    [Fact]
    public async Task Nothing_is_pushed_to_who_has_not_read_for_a_while_and_nothing_is_missing_on_return()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = FeedStrategy.Push, InactiveAfter = TimeSpan.FromDays(14) });
        await FollowAsync(world, "ann", "bob", "cid");
        await ReadAllAsync(world, "bob", "cid");
        world.Time.Advance(TimeSpan.FromDays(13));
        await ReadAllAsync(world, "cid");
        world.Time.Advance(TimeSpan.FromDays(2));

        await world.PostAsync(("ann", "p1"));
        await world.Fanout.RunAllAsync();

        Assert.Equal(1, world.Metrics.Totals.MailboxWrites);
        var page = await ReadAsync(world, "bob");
        Assert.Equal(["p1"], page.Posts.Select(post => post.Id));
        Assert.Equal(1, page.Cost.SourceReads);
        await world.SettleAsync();
        Assert.Equal(0, (await ReadAsync(world, "bob")).Cost.SourceReads);
    }

    [Fact]
    public async Task Who_read_a_short_while_ago_is_served_before_the_others()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = FeedStrategy.Push });
        await FollowAsync(world, "ann", "bob", "cid");
        await ReadAllAsync(world, "bob", "cid");
        world.Time.Advance(TimeSpan.FromHours(1));
        await ReadAllAsync(world, "cid");

        await world.PostAsync(("ann", "p1"));
        await world.Fanout.StepAsync(0, again: false);

        Assert.Single((await MailboxAsync(world, "cid")).Posts);
        Assert.Empty((await MailboxAsync(world, "bob")).Posts);
        await world.Fanout.RunAllAsync();
        Assert.Single((await MailboxAsync(world, "bob")).Posts);
    }

    [Fact]
    public async Task Under_hybrid_a_post_to_very_many_costs_one_write_and_crossing_the_threshold_needs_a_fifth_less()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = FeedStrategy.Hybrid, FollowerThreshold = 10, FewFollows = 0 });
        string[] fans = [.. Enumerable.Range(0, 10).Select(number => $"fan{number}")];
        await FollowAsync(world, "star", fans);
        await ReadAllAsync(world, fans);

        Assert.Equal(0, await PushesOfAsync(world, "p1"));
        await UnfollowAsync(world, "star", fans[0]);
        Assert.Equal(0, await PushesOfAsync(world, "p2"));
        await UnfollowAsync(world, "star", fans[1], fans[2]);
        Assert.Equal(7, await PushesOfAsync(world, "p3"));
        await FollowAsync(world, "star", fans[0]);
        Assert.Equal(8, await PushesOfAsync(world, "p4"));
        await FollowAsync(world, "star", fans[1], fans[2]);
        Assert.Equal(0, await PushesOfAsync(world, "p5"));

        var page = await ReadAsync(world, fans[5]);
        Assert.Equal(["p5", "p4", "p3", "p2", "p1"], page.Posts.Select(post => post.Id));
    }

    [Fact]
    public async Task Under_auto_who_does_not_read_gets_no_more_than_the_budget_of_each_author()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = FeedStrategy.Auto, UnreadBudget = 2, FewFollows = 0 });
        await FollowAsync(world, "ann", "bob");
        await FollowAsync(world, "eve", "bob");
        await ReadAllAsync(world, "bob");

        await world.PostAsync([.. Enumerable.Range(1, 20).Select(number => ("ann", $"a{number}"))]);
        await world.PostAsync([.. Enumerable.Range(1, 3).Select(number => ("eve", $"e{number}"))]);
        await world.Fanout.RunAllAsync();

        Assert.Equal(4, world.Metrics.Totals.MailboxWrites);
        var page = await ReadAsync(world, "bob");
        Assert.Equal(23, page.Posts.Count);
        Assert.Equal(2, page.Cost.SourceReads);
        // One post more than the budget is kept behind the read; many are read again from their source.
        await world.SettleAsync();
        Assert.Equal(1, (await ReadAsync(world, "bob")).Cost.SourceReads);
        await world.PostAsync(("eve", "e4"));
        await world.Fanout.RunAllAsync();
        Assert.Equal(5, world.Metrics.Totals.MailboxWrites);
        Assert.Equal(1, (await ReadAsync(world, "bob")).Cost.SourceReads);
    }

    [Theory]
    [InlineData(FeedStrategy.Hybrid)]
    [InlineData(FeedStrategy.Auto)]
    public async Task Who_follows_few_is_written_nothing_and_who_follows_more_has_a_mailbox_from_the_first_read(FeedStrategy strategy)
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = strategy, FewFollows = 2 });
        string[] authors = ["ann", "eve", "fay"];
        await FollowAsync(world, "ann", "bob", "cid");
        await FollowAsync(world, "eve", "cid");
        await FollowAsync(world, "fay", "cid");
        await world.PostAsync(authors.Select(author => (author, "p1")));
        await ReadAllAsync(world, "bob", "cid");

        await world.PostAsync(authors.Select(author => (author, "p2")));
        await world.Fanout.RunAllAsync();

        Assert.Equal(3, world.Metrics.Totals.MailboxWrites);
        Assert.Equal(new TimelineCost(0, 1, 2), (await ReadAsync(world, "bob")).Cost);
        Assert.Equal(new TimelineCost(1, 0, 6), (await ReadAsync(world, "cid")).Cost);
    }

    [Fact]
    public async Task A_worker_that_is_killed_between_two_chunks_goes_on_and_repeats_nothing()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = FeedStrategy.Push });
        string[] fans = [.. Enumerable.Range(0, 2_500).Select(number => $"fan{number}")];
        await world.Feeds.ImportAsync([.. fans.Select(fan => new Follow(fan, "star"))], Cancel);
        await world.Graph.SeenAsync(fans, world.Time.GetUtcNow(), Cancel);
        await world.PostAsync(("star", "p1"));

        await world.Fanout.StepAsync(0, again: true);
        await world.Fanout.StepAsync(0, again: false);
        await world.Fanout.StepAsync(0, again: true);
        Assert.Equal(2_000, world.Metrics.Totals.MailboxWrites);
        await world.Fanout.RunAllAsync();

        Assert.Equal(fans.Length, world.Metrics.Totals.MailboxWrites);
        foreach (var fan in fans)
            Assert.Single((await MailboxAsync(world, fan)).Posts);
    }

    private static async Task FollowAsync(FeedWorld world, string author, params string[] users)
    {
        foreach (var user in users)
            Assert.Equal(FollowOutcome.Followed, await world.Feeds.FollowAsync(user, author, Cancel));
        await world.SettleAsync();
        // Counts of followers are looked up again after a while.
        world.Time.Advance(TimeSpan.FromSeconds(10));
    }

    private static async Task UnfollowAsync(FeedWorld world, string author, params string[] users)
    {
        foreach (var user in users)
            await world.Feeds.UnfollowAsync(user, author, Cancel);
        world.Time.Advance(TimeSpan.FromSeconds(10));
    }

    private static async Task ReadAllAsync(FeedWorld world, params string[] users)
    {
        foreach (var user in users)
            await world.ReadAsync(user);
        await world.SettleAsync();
    }

    private static async Task<long> PushesOfAsync(FeedWorld world, string id)
    {
        var before = world.Metrics.Totals.MailboxWrites;
        await world.PostAsync(("star", id));
        await world.Fanout.RunAllAsync();
        return world.Metrics.Totals.MailboxWrites - before;
    }

    private static async Task<TimelinePage> ReadAsync(FeedWorld world, string user) =>
        await world.Feeds.ReadTimelineAsync(new TimelineRequest(user, null, PostPosition.Newest, 50), Cancel);

    private static async Task<MailboxPage> MailboxAsync(FeedWorld world, string user) =>
        await world.Mailboxes.ReadAsync(user, PostPosition.Newest, 100, isRead: false, Cancel);
}
