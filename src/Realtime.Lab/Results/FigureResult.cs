namespace Realtime.Lab.Results;

/// <summary>One measurement of one series in one round.</summary>
/// <param name="Case">The circumstances, such as <c>20/s</c>.</param>
/// <param name="Series">Who was measured: a transport, the baseline, a store.</param>
/// <param name="Round">Which round, from 1.</param>
/// <param name="Values">What was measured, by name with unit.</param>
public sealed record Sample(string Case, string Series, int Round, IReadOnlyDictionary<string, double> Values);

/// <summary>A series over all rounds, and against its baseline.</summary>
/// <param name="Figure">What is compared, with its unit.</param>
/// <param name="Case">The circumstances.</param>
/// <param name="Series">Who was measured.</param>
/// <param name="Value">The median over the rounds.</param>
/// <param name="Lowest">The lowest of the rounds.</param>
/// <param name="Highest">The highest of the rounds.</param>
/// <param name="Ratio">The median of the rounds' ratios to the baseline of the same round; null for the baseline itself.</param>
/// <param name="LowestRatio">The lowest of those ratios.</param>
/// <param name="HighestRatio">The highest of those ratios.</param>
/// <param name="Target">What the ratio should reach; null where nothing was asked.</param>
/// <param name="Reached">Whether it does; null without a target.</param>
/// <param name="Details">Medians of everything else that was measured.</param>
public sealed record FigureRow(
    string Figure,
    string Case,
    string Series,
    double Value,
    double Lowest,
    double Highest,
    double? Ratio,
    double? LowestRatio,
    double? HighestRatio,
    FigureTarget? Target,
    bool? Reached,
    IReadOnlyDictionary<string, double> Details);

/// <summary>What a ratio should be.</summary>
/// <param name="AtLeast">True where more is better.</param>
/// <param name="Ratio">The bound.</param>
public sealed record FigureTarget(bool AtLeast, double Ratio)
{
    /// <summary>Whether a ratio reaches it.</summary>
    public bool IsReached(double ratio) => AtLeast ? ratio >= Ratio : ratio <= Ratio;
}

/// <summary>The result of one of the <c>figures</c> commands.</summary>
/// <param name="Run">Code, machine and settings.</param>
/// <param name="Rows">The series against their baseline.</param>
/// <param name="Samples">Every single measurement.</param>
/// <param name="Checks">What it was held to. A target that is missed fails no check: it is a finding.</param>
public sealed record FigureResult(RunInfo Run, IReadOnlyList<FigureRow> Rows, IReadOnlyList<Sample> Samples, IReadOnlyList<Check> Checks)
{
    /// <summary>Whether nothing failed.</summary>
    public bool IsValid => Checks.All(check => check.Outcome != CheckOutcome.Failed);
}
