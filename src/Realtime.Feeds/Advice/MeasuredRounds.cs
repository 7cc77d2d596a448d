namespace Realtime.Feeds.Advice;

/// <summary>Counts rounds of a measurement: until no cost has become lower for a while, so that the first ones, whose code is not compiled to its best yet, do not count.</summary>
internal sealed class MeasuredRounds(TimeProvider time, params LeastCost[] costs)
{
    private const int Fewest = 12;
    private const int Settled = 20;

    /// <summary>The compiler waits a tenth of a second for a pause before it begins with what runs often.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.7);

    /// <summary>A machine that is busy otherwise may never come to rest.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    private readonly long _start = time.GetTimestamp();
    private int _rounds;

    /// <summary>Whether there should be one more.</summary>
    internal bool Next()
    {
        var took = time.GetElapsedTime(_start);
        return _rounds++ < Fewest || took < Shortest || (took < Longest && !Array.TrueForAll(costs, cost => cost.SinceLower >= Settled));
    }
}

/// <summary>The cost in the round that was disturbed least.</summary>
internal sealed class LeastCost
{
    private double _value = double.PositiveInfinity;

    /// <summary>In nanoseconds; never nothing, because costs are divided by.</summary>
    internal double Value => Math.Max(_value, 1);

    /// <summary>Rounds since it became lower by more than a fiftieth.</summary>
    internal int SinceLower { get; private set; }

    internal void Add(double nanoseconds)
    {
        SinceLower = nanoseconds < _value * 0.98 ? 0 : SinceLower + 1;
        _value = Math.Min(_value, nanoseconds);
    }
}
