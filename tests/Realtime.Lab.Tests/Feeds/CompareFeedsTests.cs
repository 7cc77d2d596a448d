using Realtime.Feeds;
using Realtime.Lab.Feeds;
using Realtime.Lab.Reports;
using Realtime.Lab.Results;

namespace Realtime.Lab.Tests.Feeds;

public sealed class CompareFeedsTests
{
    private static readonly FeedSettings Small = new() { Users = 60, Follows = 8, Posts = 4, Reads = 5, Strategies = ["push", "pull", "hybrid-5", "auto"] };

    private static readonly UnitCosts Units = new(100, 200, 10, 300, 50);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Strategies_give_the_same_posts_and_stay_above_the_optimum()
    {
        var result = await new CompareFeeds(Small, TimeProvider.System, null).RunAsync(Cancel);

        Assert.Equal(["push", "pull", "hybrid-5", "auto"], result.Strategies.Select(one => one.Case.Name));
        // What auto costs against the optimum is of this machine, and of a workload of another size.
        Assert.All(result.Checks.Where(check => !check.Name.StartsWith("auto costs", StringComparison.Ordinal)), check => Assert.Equal(CheckOutcome.Passed, check.Outcome));
        var (push, pull) = (result.Strategies[0], result.Strategies[1]);
        Assert.True(push.MailboxWrites > 0 && push.SampledPages > 0);
        Assert.Equal((0, 0), (pull.MailboxWrites, pull.MailboxReads));
        Assert.True(pull.SourceReads > push.SourceReads);
        Assert.All(result.Strategies, one => Assert.InRange(one.Freshness!.Count, 200, 500));
        Assert.Contains("clairvoyant optimum", FeedHtmlReport.Write(result), StringComparison.Ordinal);
        Assert.Contains("\"hottestAuthorWrites\"", JsonReport.Write(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_counts()
    {
        var activity = GeneratedActivity.Create(40, 6, 4, 4, seed: 3);
        var first = await new FeedRun(activity, FeedCase.Parse("auto"), Units, null).RunAsync(Cancel);
        var again = await new FeedRun(GeneratedActivity.Create(40, 6, 4, 4, seed: 3), FeedCase.Parse("auto"), Units, null).RunAsync(Cancel);

        Assert.Equal(
            (first.MailboxWrites, first.RepairWrites, first.SourceReads, first.MailboxReads, first.Checksum),
            (again.MailboxWrites, again.RepairWrites, again.SourceReads, again.MailboxReads, again.Checksum));
        Assert.NotEqual(activity.Events, GeneratedActivity.Create(40, 6, 4, 4, seed: 4).Events);
    }

    [Fact]
    public void The_yardsticks_are_what_one_counts_by_hand()
    {
        // 0 follows 1 and reads after two posts, after none, and after one; a last post is not read.
        FeedEvent[] events = [new(1, 1, false), new(2, 1, false), new(3, 0, true), new(4, 0, true), new(5, 1, false), new(6, 0, true), new(7, 1, false)];
        var yardsticks = Yardsticks.Of(new FeedActivity("by hand", 2, [new FollowEdge(0, 1)], events), new UnitCosts(100, 150, 0, 10, 50));

        // To the follower and to the author's own timeline, which nobody reads: 8 writes; three pages.
        Assert.Equal(830e-9, yardsticks.Push, 1e-12);
        Assert.Equal(450e-9, yardsticks.Pull, 1e-12);
        Assert.Equal(430e-9, yardsticks.PerEdge, 1e-12);
        // Two posts are read at once for 150, nothing for the page's 10, one is written for 100; each with a page.
        Assert.Equal(270e-9, yardsticks.Clairvoyant, 1e-12);
    }

    [Theory]
    [InlineData("hybrid")]
    [InlineData("hybrid-0")]
    [InlineData("push-5")]
    [InlineData("fast")]
    public void A_strategy_that_does_not_exist_is_refused(string name) => Assert.Throws<LabException>(() => FeedCase.Parse(name));

    [Fact]
    public void Recorded_actions_are_posts_and_those_who_act_follow_and_read_before()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "a b 1000 RT\na b 1100 MT\na c 9000 RT\nc c 9001 RE\n");
            var activity = RecordedActivity.Read(path, limit: 0, readsPerSession: 0, seed: 1);

            Assert.Equal([new FollowEdge(0, 1), new FollowEdge(0, 2)], activity.Follows);
            Assert.Equal([true, false, false, true, false, true, false], activity.Events.Select(one => one.IsRead));
            Assert.Throws<LabException>(() => RecordedActivity.Read(path + ".missing", 0, 0, 1));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
