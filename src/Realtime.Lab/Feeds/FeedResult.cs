using Realtime.Feeds;
using Realtime.Lab.Results;

namespace Realtime.Lab.Feeds;

/// <summary>What one strategy came to.</summary>
public sealed record FeedResult
{
    /// <summary>The strategy.</summary>
    public required FeedCase Case { get; init; }

    /// <summary>Posts that were published.</summary>
    public long Posts { get; init; }

    /// <summary>Timelines that were opened.</summary>
    public long Reads { get; init; }

    /// <summary>Posts put into mailboxes by fan-out.</summary>
    public long MailboxWrites { get; init; }

    /// <summary>Posts put into mailboxes behind reads, because they had to be pulled, or authors whose coverage was noted, whichever were more in a repair.</summary>
    public long RepairWrites { get; init; }

    /// <summary>Reads of mailboxes.</summary>
    public long MailboxReads { get; init; }

    /// <summary>Authors that reads looked into.</summary>
    public long SourceReads { get; init; }

    /// <summary>Authors whose heads reads compared.</summary>
    public long HeadChecks { get; init; }

    /// <summary>Posts in mailboxes at the end that are newer than the last read of their readers.</summary>
    public long NeverRead { get; init; }

    /// <summary>Those of them whose readers never read at all; read once to three times; and more often.</summary>
    public IReadOnlyList<long> NeverReadByActivity { get; init; } = [];

    /// <summary>The most mailbox writes that one author caused.</summary>
    public long HottestAuthorWrites { get; init; }

    /// <summary>The most sources and mailboxes read for one reader.</summary>
    public long HottestReaderReads { get; init; }

    /// <summary>CPU time of the whole run, in seconds.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Memory that was in use after a collection at the end, more than before the run, in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Seconds of one core that the counted steps cost, at the measured unit costs.</summary>
    public double CostSeconds { get; init; }

    /// <summary>Of <see cref="CostSeconds"/>, what depends on the choice between push and pull: writes, repairs and source reads.</summary>
    public double ChoiceSeconds { get; init; }

    /// <summary>From a publish to its acknowledgement. From then on the post is in every timeline, whatever is still to be pushed.</summary>
    public LatencySummary? Publish { get; init; }

    /// <summary>From a publish to the end of its fan-out.</summary>
    public LatencySummary? FanOut { get; init; }

    /// <summary>The reading of a first page.</summary>
    public LatencySummary? Read { get; init; }

    /// <summary>From a publish until a follower who asks as soon as it is acknowledged has the post, before any fan-out.</summary>
    public LatencySummary? Freshness { get; init; }

    /// <summary>A hash of the sampled pages, the same for all strategies.</summary>
    public ulong Checksum { get; init; }

    /// <summary>How many pages were sampled.</summary>
    public long SampledPages { get; init; }
}

/// <summary>What the same workload costs by arithmetic alone, in seconds of one core at the measured unit costs.</summary>
/// <param name="Push">Everything is pushed, and each read is a page of a mailbox.</param>
/// <param name="Pull">Every read looks into every source.</param>
/// <param name="BestThreshold">The best follower threshold in hindsight.</param>
/// <param name="Threshold">That threshold, in followers.</param>
/// <param name="PerEdge">The best choice for each follower and author in hindsight, and for each reader whether to have a mailbox at all.</param>
/// <param name="Clairvoyant">The same between any two reads, known ahead. Nothing is cheaper.</param>
public sealed record FeedYardsticks(double Push, double Pull, double BestThreshold, long Threshold, double PerEdge, double Clairvoyant);

/// <summary>Strategies beside each other.</summary>
/// <param name="Run">Machine, settings and time.</param>
/// <param name="Workload">What was played.</param>
/// <param name="Units">Unit costs that were measured before, in nanoseconds.</param>
/// <param name="Yardsticks">The costs by arithmetic.</param>
/// <param name="Strategies">The strategies, in the order in which they ran.</param>
/// <param name="Checks">What the result was held to.</param>
public sealed record FeedComparison(
    RunInfo Run, string Workload, UnitCosts Units, FeedYardsticks Yardsticks, IReadOnlyList<FeedResult> Strategies, IReadOnlyList<Check> Checks)
{
    /// <summary>Whether no check failed.</summary>
    public bool IsValid => Checks.All(check => check.Outcome != CheckOutcome.Failed);
}
