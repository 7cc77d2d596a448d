using Realtime.Lab.Results;

namespace Realtime.Lab.Broker;

/// <summary>What a run came to, to be held against what it should have.</summary>
internal sealed record BrokerOutcome
{
    public required long[] Accepted { get; init; }

    public required ulong Checksum { get; init; }

    public required ReaderAccount Fast { get; init; }

    public required ReaderAccount Slow { get; init; }

    public required LatencySummary? Lateness { get; init; }

    /// <summary>Publishes that were not answered in the end.</summary>
    public required long Unanswered { get; init; }

    /// <summary>Rounds of messages until frames of every channel reached both nodes that had said they were connected.</summary>
    public required int WarmUpRounds { get; init; }

    /// <summary>Samples in which a node said that it was connected, and those in which one said that it was not.</summary>
    public required int Disconnected { get; init; }

    /// <summary>Whether the node was made slow at all, and whether it caught up.</summary>
    public required bool WasSlow { get; init; }

    /// <inheritdoc cref="WasSlow"/>
    public required TimeSpan? CaughtUpAfter { get; init; }
}

/// <summary>Holds a run to what the product promises.</summary>
internal static class BrokerChecks
{
    /// <summary>A load generator that is later than this in more than 1 % of its messages is part of the latencies.</summary>
    internal const double MostLatenessMs = 100;

    public static IReadOnlyList<Check> Of(BrokerOutcome outcome) =>
    [
        Arrived("fast", outcome.Fast, outcome),
        Arrived("slow", outcome.Slow, outcome),
        Check.Of("Every publish was answered", outcome.Unanswered == 0, $"{outcome.Unanswered:N0} were not"),
        Check.Of(
            "Ready meant ready: once connected, frames of every channel came to both nodes",
            outcome.WarmUpRounds > 0,
            outcome.WarmUpRounds > 0 ? $"after {outcome.WarmUpRounds} rounds" : "they did not; messages were pulled instead"),
        Check.Warn("The broker was connected throughout", outcome.Disconnected == 0, $"not so in {outcome.Disconnected:N0} samples"),
        Check.Warn(
            "The publisher kept its schedule",
            outcome.Lateness is { P99: <= MostLatenessMs },
            $"99 % handed in within {outcome.Lateness?.P99:0.0} ms{(outcome.Lateness is { P99: <= MostLatenessMs } ? "" : ": the load generator was the bottleneck")}"),
        Check.Warn(
            "The slow node caught up while publishing went on",
            !outcome.WasSlow || outcome.CaughtUpAfter is not null,
            outcome.CaughtUpAfter is { } after ? $"after {after.TotalSeconds:0.0} s" : outcome.WasSlow ? "it did not" : "it was never slow"),
    ];

    private static Check Arrived(string node, ReaderAccount reader, BrokerOutcome outcome)
    {
        var right = reader is { Missing: 0, Repeated: 0, OutOfOrder: 0, Gaps: 0, Closed: null } && reader.Checksum == outcome.Checksum;
        return Check.Of(
            $"What was acknowledged arrived at the {node} node, once and in order",
            right,
            $"{reader.Delivered:N0} of {outcome.Accepted.Sum():N0}; {reader.Missing:N0} missing, {reader.Repeated:N0} repeated, {reader.OutOfOrder:N0} out of order, "
                + $"{reader.Gaps:N0} told as lost{(reader.Closed is null ? "" : $", session closed: {reader.Closed}")}{(reader.Checksum == outcome.Checksum ? "" : ", contents differ")}");
    }
}
