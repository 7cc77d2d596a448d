using Realtime.Lab.Results;

namespace Realtime.Lab.Tests.Results;

public class FigureRowsTests
{
    [Fact]
    public void Ratios_are_taken_within_a_round_and_their_median_is_shown()
    {
        Lab.Results.Sample[] samples =
        [
            Of("peer", 1, 10), Of("ours", 1, 5), Of("peer", 2, 20), Of("ours", 2, 16), Of("peer", 3, 10), Of("ours", 3, 6),
        ];

        var rows = FigureRows.Of(samples, "cpu", "peer", (_, _) => new FigureTarget(AtLeast: false, 0.7)).ToList();

        Assert.Equal(["peer", "ours"], rows.Select(row => row.Series));
        Assert.Null(rows[0].Ratio);
        Assert.Null(rows[0].Reached);
        Assert.Equal((6, 5, 16), (rows[1].Value, rows[1].Lowest, rows[1].Highest));
        Assert.Equal((0.6, 0.5, 0.8), (rows[1].Ratio!.Value, rows[1].LowestRatio!.Value, rows[1].HighestRatio!.Value));
        Assert.True(rows[1].Reached);
    }

    [Theory]
    [InlineData(true, 3, 2.9, false)]
    [InlineData(true, 3, 3, true)]
    [InlineData(false, 0.7, 0.71, false)]
    [InlineData(false, 0.7, 0.7, true)]
    public void A_target_is_reached_on_its_own_side(bool atLeast, double bound, double ratio, bool reached) =>
        Assert.Equal(reached, new FigureTarget(atLeast, bound).IsReached(ratio));

    [Fact]
    public void The_median_of_an_even_number_lies_between_the_middle_ones() => Assert.Equal(2.5, FigureRows.Median([4, 1, 3, 2]));

    private static Lab.Results.Sample Of(string series, int round, double value) =>
        new("case", series, round, new Dictionary<string, double> { ["cpu"] = value, ["other"] = 1 });
}
