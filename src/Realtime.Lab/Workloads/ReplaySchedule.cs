namespace Realtime.Lab.Workloads;

/// <summary>How the time of a recorded log becomes the time of a run.</summary>
public sealed record ReplaySchedule
{
    // A pace that 2 cores deliver to 10 readers on each of 5 transports, and that plays 240,000 messages in four minutes.
    private const double DefaultRate = 1000;
    private static readonly TimeSpan ShortestRun = TimeSpan.FromSeconds(10);

    /// <summary>How many times as fast as logged; null finds the speed at which 1,000 messages come in a second, but 10 s at least.</summary>
    public double? Speed { get; init; }

    /// <summary>The longest pause that is left after compression; longer ones (nights, months between logs) are cut down to it.</summary>
    public TimeSpan MaxGap { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Gives each logged time its place in the run.</summary>
    /// <param name="times">Ascending.</param>
    /// <param name="speed">The speed that was used.</param>
    public IReadOnlyList<TimeSpan> Compress(IReadOnlyList<DateTime> times, out double speed)
    {
        speed = Speed ?? FindSpeed(times);
        var due = new TimeSpan[times.Count];
        for (var i = 1; i < due.Length; i++)
            due[i] = due[i - 1] + Gap(times, i, speed);
        return due;
    }

    private TimeSpan Gap(IReadOnlyList<DateTime> times, int index, double speed)
    {
        var gap = (times[index] - times[index - 1]) / speed;
        return gap < MaxGap ? gap : MaxGap;
    }

    // The length falls as the speed rises, so halving the interval finds it.
    private double FindSpeed(IReadOnlyList<DateTime> times)
    {
        var wanted = TimeSpan.FromSeconds(Math.Max(ShortestRun.TotalSeconds, times.Count / DefaultRate));
        double slow = 1, fast = 1e9;
        for (var step = 0; step < 40; step++)
        {
            var middle = Math.Sqrt(slow * fast);
            var length = TimeSpan.Zero;
            for (var i = 1; i < times.Count; i++)
                length += Gap(times, i, middle);
            (slow, fast) = length > wanted ? (middle, fast) : (slow, middle);
        }
        return fast;
    }
}
