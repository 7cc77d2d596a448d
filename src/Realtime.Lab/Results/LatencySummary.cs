namespace Realtime.Lab.Results;

/// <summary>Latencies in milliseconds, each counted from the time at which the message should have been sent.</summary>
/// <param name="Count">How many were measured.</param>
/// <param name="P50">Half are not above this.</param>
/// <param name="P95">95 % are not above this.</param>
/// <param name="P99">99 % are not above this.</param>
/// <param name="Max">The largest.</param>
/// <param name="Curve">More percentiles, ascending, for drawing.</param>
public sealed record LatencySummary(long Count, double P50, double P95, double P99, double Max, IReadOnlyList<LatencyPoint> Curve);

/// <summary>One point of a percentile curve.</summary>
/// <param name="Percentile">0 to 100.</param>
/// <param name="Milliseconds">The latency there.</param>
public readonly record struct LatencyPoint(double Percentile, double Milliseconds);
