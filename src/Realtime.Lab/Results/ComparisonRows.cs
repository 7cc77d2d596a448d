using System.Globalization;

namespace Realtime.Lab.Results;

/// <summary>One figure of a comparison, for every transport, as text.</summary>
/// <param name="Name">The figure, with its unit.</param>
/// <param name="Values">In the order of the transports.</param>
/// <param name="Explanation">What it is and how it was measured.</param>
public sealed record ComparisonRow(string Name, IReadOnlyList<string> Values, string Explanation);

/// <summary>The figures of a comparison, alike for the terminal and the report.</summary>
public static class ComparisonRows
{
    /// <summary>Makes the rows.</summary>
    public static IReadOnlyList<ComparisonRow> Of(IReadOnlyList<TransportResult> transports)
    {
        ComparisonRow Row(string name, Func<TransportResult, double?> value, string format, string explanation) => new(
            name, [.. transports.Select(transport => value(transport)?.ToString(format, CultureInfo.InvariantCulture) ?? "–")], explanation);

        return
        [
            Row("connections", t => t.Connections, "N0", "One for each reader; a poller keeps its connection between polls."),
            Row("delivered", t => t.Delivered, "N0", "Messages that arrived, each counted once, over all readers."),
            Row("missing", t => t.Missing, "N0", "Accepted messages times readers, less what arrived."),
            Row("repeated", t => t.Repeated, "N0", "Messages that arrived once more."),
            Row("out of order", t => t.OutOfOrder, "N0", "Messages that arrived after a later one of their channel."),
            Row("latency p50, ms", t => t.Latency?.P50, "N1", "From the time at which the message should have been sent to its arrival at the reader."),
            Row("latency p95, ms", t => t.Latency?.P95, "N1", "As above."),
            Row("latency p99, ms", t => t.Latency?.P99, "N1", "As above."),
            Row("latency max, ms", t => t.Latency?.Max, "N1", "As above."),
            Row(
                "freshness, ms stale",
                t => t.StalenessMs,
                "N1",
                "How long the oldest message that a reader lacks has been due, 0 while it lacks none, averaged over time and readers."),
            Row("requests", t => t.Requests, "N0", "HTTP requests of all readers, those that opened connections among them."),
            Row("empty answers", t => t.EmptyAnswers, "N0", "Polls that brought nothing."),
            Row("bytes down / message", t => t.BytesDownPerMessage, "N0", "From the socket, HTTP and framing included."),
            Row("bytes up / message", t => t.BytesUpPerMessage, "N1", "To the socket: polls carry their headers and cursor each time."),
            Row("messages / read", t => t.MessagesPerRead, "N2", "How many came in one read of the socket: CPU per message falls as this rises."),
            Row("server CPU, µs / message", t => t.Cost?.CpuMicrosPerMessage, "N1", "Measured with the transport alone, less what publishing costs with nobody reading."),
            Row("memory, KiB / connection", t => t.Cost?.MemoryKiBPerConnection, "N1", "Growth of the server's resident memory by idle connections, in a fresh process."),
        ];
    }
}
