using System.Globalization;

namespace Realtime.Lab.Broker;

/// <summary>A row of the table in which modes stand beside each other: one mode.</summary>
/// <param name="Mode">The mode's name.</param>
/// <param name="Values">What stands in the columns of <see cref="BrokerRows.Columns"/>.</param>
public sealed record BrokerRow(string Mode, IReadOnlyList<string> Values);

/// <summary>The table of a comparison: the same on a terminal and in a report.</summary>
public static class BrokerRows
{
    private const string Dash = "–";

    /// <summary>The columns after the mode's name, with what each means. They tell of the time in which one node is slow, unless they say something else.</summary>
    public static readonly IReadOnlyList<(string Title, string Explanation)> Columns =
    [
        ("publishes/s", "acknowledged in a second"),
        ("refused/s", "refused in a second, as clients are by 503"),
        ("publish p99", "from the time at which a publish was due to its acknowledgement"),
        ("fast p50 / p99", "from there to delivery at the node that is not slow"),
        ("slow p50 / p99", "the same at the node that is slow"),
        ("lag, most", "messages by which the slow node was behind"),
        ("held, most", "frames, and their bytes, in the memory of the slow node"),
        ("queue, most", "frames that waited for it at the broker"),
        ("missed", "frames that never came to it, and were pulled from the store"),
        ("caught up in", "from the moment at which it was fast again"),
    ];

    /// <summary>The rows.</summary>
    public static IReadOnlyList<BrokerRow> Of(IEnumerable<BrokerResult> modes) => [.. modes.Select(mode => new BrokerRow(mode.Settings.Mode, Values(mode)))];

    private static IReadOnlyList<string> Values(BrokerResult mode)
    {
        if (mode.Of(BrokerPhase.Slow) is not { } slow)
            return [.. Columns.Select(_ => Dash)];
        return
        [
            Count(slow.AcceptedPerSecond),
            Count(slow.RefusedPerSecond),
            Time(slow.Publish?.P99),
            $"{Time(slow.Fast?.P50)} / {Time(slow.Fast?.P99)}",
            $"{Time(slow.Slow?.P50)} / {Time(slow.Slow?.P99)}",
            Count(slow.SlowLagMax),
            $"{Count(slow.UnacknowledgedMax)} ({Bytes(slow.UnacknowledgedBytesMax)})",
            slow.QueueDepthMax is { } depth ? Count(depth) : Dash,
            // What overflowed while it was slow shows when the frames after it are taken.
            Count(mode.Phases.Sum(phase => phase.FramesMissed)),
            mode.CaughtUpSeconds is { } seconds ? $"{Text(seconds, "0.0")} s" : Dash,
        ];
    }

    private static string Count(double value) => Text(value, "N0");

    private static string Time(double? milliseconds) => milliseconds switch
    {
        null => Dash,
        < 10 => $"{Text(milliseconds.Value, "0.0")} ms",
        < 1000 => $"{Text(milliseconds.Value, "0")} ms",
        _ => $"{Text(milliseconds.Value / 1000, "0.0")} s",
    };

    private static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1 << 20 => $"{Text(bytes / 1024.0, "0")} KiB",
        _ => $"{Text(bytes / 1048576.0, "0.0")} MiB",
    };

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
