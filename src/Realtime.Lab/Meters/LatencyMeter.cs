using HdrHistogram;
using Realtime.Lab.Results;

namespace Realtime.Lab.Meters;

/// <summary>Latencies in microseconds, to three digits, up to ten minutes. Not thread-safe.</summary>
internal sealed class LatencyMeter
{
    private const long HighestMicros = 600_000_000;

    // The points of the curve in reports: closer together where a tail shows.
    private static readonly double[] CurvePoints =
        [0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 100];

    private readonly LongHistogram _histogram = new(1, HighestMicros, 3);

    /// <summary>Enters a latency; what lies outside of the range counts as its end.</summary>
    public void Record(long micros) => _histogram.RecordValue(Math.Clamp(micros, 1, HighestMicros));

    /// <summary>Forgets everything.</summary>
    public void Reset() => _histogram.Reset();

    /// <summary>The percentiles so far; null without any value.</summary>
    public LatencySummary? Summarize()
    {
        if (_histogram.TotalCount == 0)
            return null;
        return new LatencySummary(
            _histogram.TotalCount,
            At(50),
            At(95),
            At(99),
            At(100),
            [.. CurvePoints.Select(percentile => new LatencyPoint(percentile, At(percentile)))]);
    }

    private double At(double percentile) => _histogram.GetValueAtPercentile(percentile) / 1000.0;
}
