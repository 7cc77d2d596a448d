namespace Realtime.Lab.Results;

/// <summary>Makes rows of samples: medians, spread, and ratios between what was measured in the same round.</summary>
internal static class FigureRows
{
    /// <summary>The rows of one figure, a case after the other, the baseline first in each.</summary>
    /// <param name="samples">All measurements.</param>
    /// <param name="figure">The name of the value to compare.</param>
    /// <param name="baseline">The series that the others are compared with.</param>
    /// <param name="target">What the ratio of a series should be in a case.</param>
    public static IEnumerable<FigureRow> Of(
        IReadOnlyList<Sample> samples, string figure, string baseline, Func<string, string, FigureTarget?> target)
    {
        foreach (var ofCase in samples.GroupBy(sample => sample.Case))
        {
            var baselines = ofCase.Where(sample => sample.Series == baseline).ToDictionary(sample => sample.Round, sample => sample.Values[figure]);
            foreach (var series in ofCase.GroupBy(sample => sample.Series).OrderBy(series => series.Key != baseline))
                yield return Row(figure, ofCase.Key, series.Key, [.. series], series.Key == baseline ? [] : baselines, target(ofCase.Key, series.Key));
        }
    }

    /// <summary>The middle value; of two middle ones their mean.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static FigureRow Row(
        string figure, string ofCase, string series, List<Sample> samples, Dictionary<int, double> baselines, FigureTarget? target)
    {
        var values = samples.ConvertAll(sample => sample.Values[figure]);
        var ratios = samples.Where(sample => baselines.GetValueOrDefault(sample.Round) > 0)
            .Select(sample => sample.Values[figure] / baselines[sample.Round]).ToList();
        double? ratio = ratios.Count > 0 ? Median(ratios) : null;
        return new FigureRow(
            figure,
            ofCase,
            series,
            Median(values),
            values.Min(),
            values.Max(),
            ratio,
            ratios.Count > 0 ? ratios.Min() : null,
            ratios.Count > 0 ? ratios.Max() : null,
            ratio is null ? null : target,
            ratio is { } reached ? target?.IsReached(reached) : null,
            samples[0].Values.Keys.Where(name => name != figure)
                .ToDictionary(name => name, name => Median(samples.Select(sample => sample.Values[name]))));
    }
}
