using Realtime.Lab.Results;

namespace Realtime.Lab.Tests.Results;

/// <summary>A result as it should be.</summary>
internal static class Sample
{
    public static TransportResult Good { get; } = new()
    {
        Transport = TransportKind.WebSocket,
        Connections = 10,
        FailedConnections = 0,
        Failures = [],
        Expected = 1000,
        Delivered = 1000,
        Missing = 0,
        Explained = 0,
        Repeated = 0,
        OutOfOrder = 0,
        WrongContent = 0,
        Latency = new LatencySummary(1000, 1.5, 3, 8, 12, [new LatencyPoint(0, 0.5), new LatencyPoint(50, 1.5), new LatencyPoint(99, 8), new LatencyPoint(100, 12)]),
        StalenessMs = 1,
        Requests = 10,
        EmptyAnswers = 0,
        BytesDownPerMessage = 280,
        BytesUpPerMessage = 0,
        MessagesPerRead = 1.2,
        Cost = new TransportCost(100, 4000, 9, 250, 500, 14, 0.01),
    };
}
