using System.Diagnostics;
using System.Globalization;

namespace Realtime.Lab.Meters;

/// <summary>CPU time that the whole machine has spent, to see what processes outside of the run took: noise in every figure.</summary>
internal static class MachineMeter
{
    private const string Statistics = "/proc/stat";

    // USER_HZ, which Linux fixes at 100 for what it shows to programs.
    private const double TicksPerSecond = 100;

    /// <summary>Time spent working by all processors since the machine started; null where the system does not tell in this way.</summary>
    public static TimeSpan? BusyTime()
    {
        if (!File.Exists(Statistics))
            return null;
        var fields = File.ReadLines(Statistics).First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // cpu user nice system idle iowait irq softirq steal: all but the two that are waiting.
        var ticks = fields.Skip(1).Take(8).Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToArray();
        return TimeSpan.FromSeconds((ticks.Sum() - ticks[3] - ticks[4]) / TicksPerSecond);
    }

    /// <summary>CPU time of this process.</summary>
    public static TimeSpan OwnCpuTime()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }
}
