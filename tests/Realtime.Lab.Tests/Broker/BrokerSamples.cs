using Realtime.Lab.Broker;
using Realtime.Lab.Results;

namespace Realtime.Lab.Tests.Broker;

/// <summary>Samples and results that tests change one thing of.</summary>
internal static class BrokerSamples
{
    public static BrokerOutcome Good { get; } = new()
    {
        Accepted = [60, 40],
        Checksum = 7,
        Fast = new ReaderAccount(100, 0, 0, 0, 0, 7, null),
        Slow = new ReaderAccount(100, 0, 0, 0, 0, 7, null),
        Lateness = new LatencySummary(100, 1, 1, 2, 3, []),
        Unanswered = 0,
        WarmUpRounds = 1,
        Disconnected = 0,
        WasSlow = true,
        CaughtUpAfter = TimeSpan.FromSeconds(2),
    };

    public static BrokerSample Sample(double seconds, BrokerPhase phase) => new() { Seconds = seconds, Phase = phase, Fast = new NodeSample(), Slow = new NodeSample() };
}
