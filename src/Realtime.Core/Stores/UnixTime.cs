namespace Realtime.Stores;

/// <summary>Times as durable stores hold them: milliseconds since 1970, as messages have them.</summary>
public static class UnixTime
{
    /// <summary>
    /// The first whole millisecond that is not before <paramref name="time"/>: a message is before a time exactly when its milliseconds are
    /// below this.
    /// </summary>
    public static long Ceiling(DateTimeOffset time)
    {
        var milliseconds = time.ToUnixTimeMilliseconds();
        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) < time ? milliseconds + 1 : milliseconds;
    }

    /// <summary>The time before which messages are older than <paramref name="age"/>; an age without end is longer than time itself.</summary>
    public static long CutOff(DateTimeOffset now, TimeSpan age) =>
        age < now - DateTimeOffset.MinValue ? Ceiling(now - age) : long.MinValue;
}
