using System.Diagnostics;

namespace Realtime.Lab.Loop;

/// <summary>
/// The one clock of a run: microseconds since the process started to measure, never set back. Publishers write it into messages and
/// readers of the same process compare with it, so a latency is a difference of two readings of one clock.
/// </summary>
internal static class LabClock
{
    private static readonly long Origin = Stopwatch.GetTimestamp();

    /// <summary>The time now, in microseconds.</summary>
    public static long Now => (Stopwatch.GetTimestamp() - Origin) * 1_000_000 / Stopwatch.Frequency;
}
