using System.Globalization;

namespace Realtime.Lab.Results;

/// <summary>What a comparison is held to before it is shown.</summary>
internal static class ComparisonChecks
{
    // Above this a loop has no room left for a burst, and what it reads late counts as the server's latency.
    private const double BusyLimit = 0.8;

    // A generator that is later than this at 1 % of its messages shapes the latencies that it reports.
    private const double LagLimitMs = 10;

    public static IReadOnlyList<Check> Of(
        IReadOnlyDictionary<string, PublishSummary> publishing, IReadOnlyList<TransportResult> transports, GeneratorResult generator)
    {
        var checks = new List<Check>();
        foreach (var (server, summary) in publishing)
        {
            checks.Add(Check.Of(
                $"{server}: everything was published",
                summary.Accepted == summary.Messages && summary.Refused.Count == 0,
                Text($"{summary.Accepted:N0} of {summary.Messages:N0} accepted, {summary.HeldBack:N0} sent again as asked{Refused(summary)}")));
            checks.Add(Check.Warn(
                $"{server}: publishing kept its schedule",
                (summary.Lag?.P99 ?? 0) <= LagLimitMs,
                Text($"the generator was late by {summary.Lag?.P99 ?? 0:0.0} ms at the 99th percentile, {summary.Lag?.Max ?? 0:0.0} ms at most")));
        }
        foreach (var transport in transports)
            checks.AddRange(Of(transport));
        checks.Add(Check.Warn(
            "the load generator was not the bottleneck",
            Math.Max(generator.ReadersBusy, generator.PublishersBusy) <= BusyLimit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"readers' loop {generator.ReadersBusy:P0} busy, publishers' loop {generator.PublishersBusy:P0}, "
                + $"longest turn {generator.LongestTurnMs:0.0} ms, {generator.Cpu:0.00} cores")));
        return checks;
    }

    private static IEnumerable<Check> Of(TransportResult result)
    {
        yield return Check.Of(
            $"{result.Transport}: all readers stayed connected",
            result.FailedConnections == 0,
            Text($"{result.Connections - result.FailedConnections} of {result.Connections}{Why(result.Failures)}"));
        yield return Check.Of(
            $"{result.Transport}: expected = delivered + explained, and nothing is missing",
            result.Missing == 0 && result.Delivered == result.Expected && result.Expected > 0,
            Text($"{result.Delivered:N0} of {result.Expected:N0}, {result.Missing:N0} missing, {result.Explained:N0} of them explained by gaps"));
        yield return Check.Of(
            $"{result.Transport}: each once, in order, as published",
            result.Repeated == 0 && result.OutOfOrder == 0 && result.WrongContent == 0,
            Text($"{result.Repeated:N0} repeated, {result.OutOfOrder:N0} out of order, {result.WrongContent} readers with other content"));
    }

    private static string Refused(PublishSummary summary) =>
        summary.Refused.Count == 0 ? "" : $", refused for good: {string.Join(", ", summary.Refused)}";

    private static string Why(IReadOnlyList<string> failures) => failures.Count == 0 ? "" : $": {string.Join("; ", failures)}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
