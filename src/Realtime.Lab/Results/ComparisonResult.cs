namespace Realtime.Lab.Results;

/// <summary>The result of <c>compare transports</c>.</summary>
/// <param name="Run">Code, machine and settings.</param>
/// <param name="Workload">What was played.</param>
/// <param name="Channels">How many channels it has.</param>
/// <param name="Seconds">How long it took to publish.</param>
/// <param name="Publishing">How publishing went, by server: <c>realtime</c>, and the baseline where it took part.</param>
/// <param name="Transports">One for each transport.</param>
/// <param name="Generator">How the load generator did.</param>
/// <param name="Checks">What the result was held to.</param>
public sealed record ComparisonResult(
    RunInfo Run,
    string Workload,
    int Channels,
    double Seconds,
    IReadOnlyDictionary<string, PublishSummary> Publishing,
    IReadOnlyList<TransportResult> Transports,
    GeneratorResult Generator,
    IReadOnlyList<Check> Checks)
{
    /// <summary>Whether nothing failed.</summary>
    public bool IsValid => Checks.All(check => check.Outcome != CheckOutcome.Failed);
}

/// <summary>How the load generator did, to tell its own limits from the server's.</summary>
/// <param name="ReadersBusy">Share of the time that the readers' loop worked, 0 to 1.</param>
/// <param name="PublishersBusy">The same of the publishers' loop.</param>
/// <param name="LongestTurnMs">The longest time that a message may have lain unread in the generator.</param>
/// <param name="Cpu">CPU of the generator, in cores.</param>
/// <param name="OtherCpu">CPU of everything but generator and servers, in cores; null where it can't be known.</param>
public sealed record GeneratorResult(double ReadersBusy, double PublishersBusy, double LongestTurnMs, double Cpu, double? OtherCpu);
