namespace Realtime.Lab.Meters;

/// <summary>
/// How stale one reader is, averaged over time. At any instant its staleness is the time since the oldest message that it lacks was due,
/// and 0 while it lacks none; this sums the area under that curve. Between two arrivals the oldest missing message is the oldest of those
/// that arrive next, so each arrival adds one trapezium.
/// </summary>
internal struct FreshnessMeter
{
    private long _lastArrival;

    /// <summary>The area so far, in microseconds squared.</summary>
    public double Area { get; private set; }

    /// <summary>Enters an arrival: messages that came together, the oldest of which was due at <paramref name="oldestDue"/>.</summary>
    public void Arrived(long oldestDue, long now)
    {
        double age = Math.Max(0, now - oldestDue);
        double before = Math.Max(0, _lastArrival - oldestDue);
        Area += Math.Max(0, age * age - before * before) / 2;
        _lastArrival = now;
    }

    /// <summary>Starts anew at the given time.</summary>
    public void Reset(long now)
    {
        Area = 0;
        _lastArrival = now;
    }
}
