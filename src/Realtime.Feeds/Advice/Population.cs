namespace Realtime.Feeds.Advice;

/// <summary>How activity and followers are spread over users, where only means are known.</summary>
internal static class Population
{
    /// <summary>
    /// Activity as multiples of the mean: log-normal with σ = 1.5, at the middles of sixteen equal parts, scaled to a mean of 1. A sixteenth of the users does
    /// two fifths of everything then.
    /// </summary>
    internal static readonly double[] Activity = Scaled([
        0.061, 0.138, 0.220, 0.313, 0.420, 0.548, 0.701, 0.889, 1.125, 1.427, 1.826, 2.381, 3.197, 4.549, 7.243, 16.37]);

    /// <summary>The share of follows that lead to authors with at least so many followers, if followers fall with rank k as max ÷ k^s.</summary>
    /// <param name="authors">Authors.</param>
    /// <param name="mean">Their followers on average.</param>
    /// <param name="max">The followers of the first.</param>
    /// <param name="threshold">Followers.</param>
    internal static double ShareAbove(double authors, double mean, double max, double threshold)
    {
        if (max < threshold)
            return 0;
        if (mean >= threshold)
            return 1;
        var (low, high) = (0.0, 50.0);
        for (var step = 0; step < 60; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = max * Sum(authors, middle) > mean * authors ? (middle, high) : (low, middle);
        }

        var ranks = Math.Min(authors, Math.Pow(max / threshold, 1 / high));
        return Math.Min(1, Sum(ranks, high) / Sum(authors, high));
    }

    /// <summary>1 + 2^-s + … + n^-s, by the integral.</summary>
    private static double Sum(double n, double s) => Math.Abs(s - 1) < 1e-9 ? 1 + Math.Log(n) : 1 + (1 - Math.Pow(n, 1 - s)) / (s - 1);

    private static double[] Scaled(double[] values)
    {
        var mean = values.Average();
        return [.. values.Select(value => value / mean)];
    }
}
