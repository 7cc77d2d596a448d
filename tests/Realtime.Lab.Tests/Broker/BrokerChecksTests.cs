using Realtime.Lab.Broker;
using Realtime.Lab.Results;

namespace Realtime.Lab.Tests.Broker;

public sealed class BrokerChecksTests
{
    private static readonly BrokerOutcome Good = BrokerSamples.Good;

    public static TheoryData<int> Wrong => [.. Enumerable.Range(0, Failures.Length)];

    private static BrokerOutcome[] Failures { get; } =
    [
        Good with { Slow = Good.Slow with { Missing = 1, Delivered = 99 } },
        Good with { Slow = Good.Slow with { Repeated = 1 } },
        Good with { Fast = Good.Fast with { OutOfOrder = 1 } },
        Good with { Fast = Good.Fast with { Gaps = 5 } },
        Good with { Slow = Good.Slow with { Checksum = 8 } },
        Good with { Slow = Good.Slow with { Closed = "slow-consumer" } },
        Good with { Unanswered = 1 },
        Good with { WarmUpRounds = 0 },
    ];

    [Fact]
    public void A_run_as_it_should_be_passes_all_of_them() =>
        Assert.All(BrokerChecks.Of(Good), check => Assert.Equal(CheckOutcome.Passed, check.Outcome));

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_breaks_a_promise_fails_one(int index) =>
        Assert.Single(BrokerChecks.Of(Failures[index]), check => check.Outcome == CheckOutcome.Failed);

    [Fact]
    public void A_late_load_generator_is_named_as_the_bottleneck()
    {
        var check = Assert.Single(BrokerChecks.Of(Good with { Lateness = new LatencySummary(100, 1, 1, 101, 200, []) }), check => check.Outcome != CheckOutcome.Passed);
        Assert.Equal(CheckOutcome.Warning, check.Outcome);
        Assert.Contains("load generator was the bottleneck", check.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_stays_behind_and_a_broker_that_was_away_are_warnings()
    {
        Assert.Single(BrokerChecks.Of(Good with { CaughtUpAfter = null }), check => check.Outcome == CheckOutcome.Warning);
        Assert.Single(BrokerChecks.Of(Good with { Disconnected = 3 }), check => check.Outcome == CheckOutcome.Warning);
        Assert.All(BrokerChecks.Of(Good with { WasSlow = false, CaughtUpAfter = null }), check => Assert.Equal(CheckOutcome.Passed, check.Outcome));
    }
}
