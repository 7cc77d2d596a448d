using Realtime.Lab.Results;

namespace Realtime.Lab.Tests.Results;

public class ComparisonChecksTests
{
    private static readonly PublishSummary Published = new(100, 100, 0, [], null, Latency(p99: 1));
    private static readonly GeneratorResult Generator = new(0.2, 0.1, 3, 0.3, 0);

    [Fact]
    public void A_run_that_delivered_everything_passes() => Assert.All(Of(Sample.Good), check => Assert.Equal(CheckOutcome.Passed, check.Outcome));

    [Theory]
    [InlineData("missing")]
    [InlineData("explained")]
    [InlineData("repeated")]
    [InlineData("out of order")]
    [InlineData("other content")]
    [InlineData("disconnected")]
    [InlineData("nothing")]
    public void A_run_with_anything_wrong_fails(string fault)
    {
        var result = fault switch
        {
            "missing" => Sample.Good with { Delivered = 999, Missing = 1 },
            "explained" => Sample.Good with { Delivered = 990, Missing = 10, Explained = 10 },
            "repeated" => Sample.Good with { Repeated = 1 },
            "out of order" => Sample.Good with { OutOfOrder = 1 },
            "other content" => Sample.Good with { WrongContent = 1 },
            "disconnected" => Sample.Good with { FailedConnections = 1, Failures = ["the server closed the connection"] },
            _ => Sample.Good with { Expected = 0, Delivered = 0 },
        };

        Assert.Single(Of(result), check => check.Outcome == CheckOutcome.Failed);
    }

    [Fact]
    public void A_message_that_the_server_never_took_fails() =>
        Assert.Contains(
            ComparisonChecks.Of(new Dictionary<string, PublishSummary> { ["realtime"] = Published with { Accepted = 99, Refused = ["1 × 413"] } }, [Sample.Good], Generator),
            check => check.Outcome == CheckOutcome.Failed && check.Detail.Contains("1 × 413", StringComparison.Ordinal));

    [Fact]
    public void A_generator_that_was_the_bottleneck_is_told()
    {
        var checks = ComparisonChecks.Of(
            new Dictionary<string, PublishSummary> { ["realtime"] = Published with { Lag = Latency(p99: 50) } }, [Sample.Good], Generator with { ReadersBusy = 0.95 });

        Assert.Equal(2, checks.Count(check => check.Outcome == CheckOutcome.Warning));
        Assert.DoesNotContain(checks, check => check.Outcome == CheckOutcome.Failed);
    }

    private static IReadOnlyList<Check> Of(TransportResult result) =>
        ComparisonChecks.Of(new Dictionary<string, PublishSummary> { ["realtime"] = Published }, [result], Generator);

    private static LatencySummary Latency(double p99) => new(100, 1, 1, p99, p99, []);
}
