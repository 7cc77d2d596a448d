using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Realtime.Feeds.Advice;

namespace Realtime.Feeds.Tests.Advice;

public sealed class AdvisorTests
{
    private const double Threshold = 10_000;

    /// <summary>A source costs twice a write.</summary>
    private static readonly UnitCosts Units = new(200, 400, 20, 1_000, 100);

    private static readonly Gen<double> Rates = Gen.Double[-3, 3].Select(exponent => Math.Pow(10, exponent));

    [Fact]
    public void Nothing_is_below_the_clairvoyant_optimum_and_the_budget_is_within_its_factor()
    {
        Gen.Select(Rates, Rates, Gen.Double[1, 50]).Sample((posts, reads, rho) =>
        {
            var model = new CostModel(new UnitCosts(100, 100 * rho, 10, 500, 50));
            var optimum = model.Clairvoyant(posts, reads) * (1 - 1e-9);
            Assert.True(model.Push(posts, reads) >= optimum);
            Assert.True(model.Pull() >= optimum);
            Assert.True(model.Budgeted(posts, reads, model.Budget) >= optimum);
            Assert.True(model.Budgeted(posts, reads, model.Budget) <= optimum * (2 + 1.0 / model.Budget) * (1 + 1e-6));
        });
    }

    [Fact]
    public void No_strategy_is_below_the_optimum_of_the_whole_workload()
    {
        Gen.Select(Rates, Rates, Gen.Double[1, 10], Gen.Double[0.01, 1]).Sample((posts, reads, rho, active) =>
        {
            var workload = new FeedWorkload { PostsPerAuthorPerDay = posts, ReadsPerReaderPerDay = reads, ActiveShare = active };
            var costs = FeedCosts.Of(workload, Units with { SourceRead = Units.MailboxWrite * rho }, Threshold);
            Assert.All(new[] { costs.Push, costs.Pull, costs.Hybrid }, cost => Assert.True(cost.ToOptimum >= 1 - 1e-9, $"{cost}"));
            Assert.True(costs.PerEdgeSeconds >= costs.OptimumSeconds * (1 - 1e-9));
        });
    }

    [Fact]
    public void Who_reads_often_is_pushed_to_and_who_reads_seldom_pulls()
    {
        var often = new FeedWorkload { PostsPerAuthorPerDay = 0.1, ReadsPerReaderPerDay = 100 };
        var seldom = new FeedWorkload { PostsPerAuthorPerDay = 100, ReadsPerReaderPerDay = 0.1 };

        Assert.Equal(FeedStrategy.Push, Advisor.Advise(often, Units, Threshold).Recommendation);
        Assert.Equal(FeedStrategy.Pull, Advisor.Advise(seldom, Units, Threshold).Recommendation);
        Assert.Equal(FeedStrategy.Hybrid, Advisor.Advise(new FeedWorkload { ReadsPerReaderPerDay = 1 }, Units, Threshold).Recommendation);
    }

    [Fact]
    public void A_fan_out_that_takes_longer_than_posts_may_be_old_rules_out_pushing_everything()
    {
        var workload = new FeedWorkload { PostsPerAuthorPerDay = 0.1, ReadsPerReaderPerDay = 100, Readers = 1e8, FollowersMean = 1e6, FollowersMax = 1e8, ActiveShare = 1 };

        Assert.Equal(FeedStrategy.Push, Advisor.Advise(workload with { FreshnessSeconds = 20 }, Units, Threshold).Recommendation);
        var advice = Advisor.Advise(workload with { FreshnessSeconds = 19 }, Units, Threshold);
        Assert.Equal(FeedStrategy.Hybrid, advice.Recommendation);
        Assert.Equal(20_000, advice.Push.FanOutMilliseconds);
        Assert.False(advice.Boxes["pushIsFresh"]);
    }

    [Fact]
    public void The_break_even_is_where_push_and_pull_cost_the_same()
    {
        var workload = new FeedWorkload();
        var at = Advisor.Advise(workload, Units, Threshold).BreakEven.PostsPerAuthorPerDay;
        var costs = FeedCosts.Of(workload with { PostsPerAuthorPerDay = at }, Units, Threshold);

        Assert.Equal(costs.Push.MailboxWrites * Units.MailboxWrite, costs.Pull.SourceReads * Units.SourceRead, 1.0);
    }

    [Theory]
    [InlineData("none", 5, false, false, "websocket")]
    [InlineData("none", 5, false, true, "sse")]
    [InlineData("none", 5, true, false, "long-poll")]
    [InlineData("no-websocket", 5, false, false, "sse")]
    [InlineData("buffering", 5, false, false, "long-poll")]
    [InlineData("buffering", 60, false, true, "short-poll")]
    public void The_transport_is_one_that_gets_through(string proxies, double freshness, bool rateControl, bool battery, string transport)
    {
        var workload = new FeedWorkload { Proxies = proxies, FreshnessSeconds = freshness, RateControl = rateControl, Battery = battery };

        Assert.Equal(transport, Advisor.Advise(workload, Units, Threshold).Transport);
    }

    [Fact]
    public void The_spread_of_followers_has_the_mean_and_the_maximum_that_were_given()
    {
        Assert.Equal(0, Population.ShareAbove(1_000, 10, 9_999, Threshold));
        Assert.Equal(1, Population.ShareAbove(1_000, 20_000, 30_000, Threshold));
        Assert.InRange(Population.ShareAbove(10_000, 75, 1_000_000, Threshold), 0.5, 1);
        Assert.InRange(Population.ShareAbove(1_000_000, 75, 20_000, Threshold), 0, 0.1);
    }

    [Fact]
    public void What_was_seen_is_a_valid_workload_with_its_rates_for_a_day()
    {
        var time = new FakeTimeProvider();
        var seen = new FeedObservations(time);
        Assert.Null(seen.Workload().Problem());
        time.Advance(TimeSpan.FromHours(6));
        foreach (var author in (string[])["a", "b"])
        {
            seen.Posted(author, 5);
            seen.FanOut(author, 10, isPushed: true);
            seen.Reached(5);
        }

        for (var read = 0; read < 4; read++)
            seen.Read(read % 2 == 0 ? "x" : "y");

        var workload = seen.Workload();
        Assert.Null(workload.Problem());
        Assert.Equal((2, 20, 8, 0.5), (workload.Authors, workload.PostsPerAuthorPerDay, workload.ReadsPerReaderPerDay, workload.ActiveShare));
        Assert.Equal((10, 10, 10), (workload.FollowersMean, workload.FollowersMax, workload.Readers));
    }
}
