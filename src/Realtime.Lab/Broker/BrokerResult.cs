using Realtime.Lab.Results;

namespace Realtime.Lab.Broker;

/// <summary>What one mode came to.</summary>
/// <param name="Settings">What it was put under.</param>
/// <param name="Title">The mode, for people.</param>
/// <param name="Accepted">Publishes that were acknowledged.</param>
/// <param name="Refused">Publishes that were refused.</param>
/// <param name="CaughtUpSeconds">How long the slow node took to catch up once it was fast again; null where it did not, or was never slow.</param>
/// <param name="Phases">The phases, in their order.</param>
/// <param name="Lateness">How late the load generator itself was.</param>
/// <param name="Checks">What the result was held to.</param>
/// <param name="Samples">How it went.</param>
public sealed record BrokerResult(
    BrokerSettings Settings,
    string Title,
    long Accepted,
    long Refused,
    double? CaughtUpSeconds,
    IReadOnlyList<BrokerPhaseResult> Phases,
    LatencySummary? Lateness,
    IReadOnlyList<Check> Checks,
    IReadOnlyList<BrokerSample> Samples)
{
    /// <summary>Whether no check failed.</summary>
    public bool IsValid => Checks.All(check => check.Outcome != CheckOutcome.Failed);

    /// <summary>A phase; null where the run had none of it.</summary>
    public BrokerPhaseResult? Of(BrokerPhase phase) => Phases.FirstOrDefault(result => result.Phase == phase);
}

/// <summary>One phase of a run.</summary>
public sealed record BrokerPhaseResult
{
    /// <summary>The phase.</summary>
    public required BrokerPhase Phase { get; init; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; init; }

    /// <summary>Publishes acknowledged in a second, on average.</summary>
    public double AcceptedPerSecond { get; init; }

    /// <summary>Publishes refused in a second, on average.</summary>
    public double RefusedPerSecond { get; init; }

    /// <summary>From the time at which a publish was due to its acknowledgement; null where there was none.</summary>
    public LatencySummary? Publish { get; init; }

    /// <summary>From there to delivery at the fast node, and at the slow one.</summary>
    public LatencySummary? Fast { get; init; }

    /// <inheritdoc cref="Fast"/>
    public LatencySummary? Slow { get; init; }

    /// <summary>The most messages by which each node was behind.</summary>
    public long FastLagMax { get; init; }

    /// <inheritdoc cref="FastLagMax"/>
    public long SlowLagMax { get; init; }

    /// <summary>The most frames, and bytes, that the slow node held without having taken them.</summary>
    public long UnacknowledgedMax { get; init; }

    /// <inheritdoc cref="UnacknowledgedMax"/>
    public long UnacknowledgedBytesMax { get; init; }

    /// <summary>The most frames that waited for the slow node at the broker; null where it could not be told.</summary>
    public long? QueueDepthMax { get; init; }

    /// <summary>The most frames that waited at the publishing node.</summary>
    public long SendWaitingMax { get; init; }

    /// <summary>Frames that the broker refused in this phase.</summary>
    public long FramesRefused { get; init; }

    /// <summary>Frames that never came to the slow node in this phase.</summary>
    public long FramesMissed { get; init; }

    /// <summary>Channels that the slow node pulled in this phase.</summary>
    public long HeadsHealed { get; init; }

    /// <summary>The most memory of the process, in bytes.</summary>
    public long MemoryMax { get; init; }
}

/// <summary>Several modes beside each other.</summary>
/// <param name="Run">Machine, settings and time.</param>
/// <param name="Modes">The modes, in the order in which they ran, each in a server process of its own.</param>
public sealed record BrokerComparison(RunInfo Run, IReadOnlyList<BrokerResult> Modes)
{
    /// <summary>Whether no check failed.</summary>
    public bool IsValid => Modes.All(mode => mode.IsValid);
}
