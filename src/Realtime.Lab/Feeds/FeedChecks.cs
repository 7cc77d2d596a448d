using System.Globalization;
using Realtime.Feeds;
using Realtime.Lab.Results;

namespace Realtime.Lab.Feeds;

/// <summary>Holds a comparison to what strategies promise.</summary>
internal static class FeedChecks
{
    /// <summary>What auto may cost, as a multiple of the clairvoyant optimum.</summary>
    private const double MostToOptimum = 2.5;

    public static IReadOnlyList<Check> Of(IReadOnlyList<FeedResult> strategies, FeedYardsticks yardsticks)
    {
        var first = strategies.FirstOrDefault(one => one.Case.Strategy == FeedStrategy.Pull) ?? strategies[0];
        var checks = new List<Check>();
        foreach (var one in strategies)
        {
            if (one != first)
            {
                checks.Add(Check.Of(
                    $"{one.Case.Name} and {first.Case.Name} gave the same posts",
                    one.Checksum == first.Checksum && one.SampledPages == first.SampledPages,
                    Text($"{one.SampledPages:N0} pages sampled")));
            }

            checks.Add(Check.Of(
                $"{one.Case.Name} is not below the clairvoyant optimum",
                one.CostSeconds >= yardsticks.Clairvoyant * (1 - 1e-9),
                Text($"{one.CostSeconds:0.000} s against {yardsticks.Clairvoyant:0.000} s")));
            if (one.Case.Strategy == FeedStrategy.Auto)
            {
                checks.Add(Check.Of(
                    Text($"auto costs at most {MostToOptimum:0.0} times the clairvoyant optimum"),
                    one.CostSeconds <= MostToOptimum * yardsticks.Clairvoyant,
                    Text($"{one.CostSeconds / yardsticks.Clairvoyant:0.00} times")));
            }
        }

        // They are sums in different orders.
        double[] order = [yardsticks.Clairvoyant, yardsticks.PerEdge, yardsticks.BestThreshold, Math.Min(yardsticks.Push, yardsticks.Pull)];
        var ascending = order.Zip(order.Skip(1)).All(pair => pair.First <= pair.Second * (1 + 1e-9));
        checks.Add(Check.Of("The yardsticks are in their order: clairvoyant, each edge, best threshold, pure", ascending, "by arithmetic"));
        return checks;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
