using System.Globalization;
using Realtime.Lab.Results;

namespace Realtime.Lab.Feeds;

/// <summary>A row of the table in which strategies stand beside each other: one figure.</summary>
/// <param name="Name">The figure.</param>
/// <param name="Explanation">What it means.</param>
/// <param name="Values">One for each strategy.</param>
public sealed record FeedRow(string Name, string Explanation, IReadOnlyList<string> Values);

/// <summary>The table of a comparison: the same on a terminal and in a report.</summary>
public static class FeedRows
{
    /// <summary>The rows.</summary>
    public static IReadOnlyList<FeedRow> Of(IReadOnlyList<FeedResult> strategies)
    {
        return
        [
            Row("posts", "published", one => Count(one.Posts)),
            Row("reads", "first pages of timelines", one => Count(one.Reads)),
            Row("mailbox writes", "posts put into mailboxes by fan-out", one => Count(one.MailboxWrites)),
            Row("repair writes", "posts, or what is known of authors, put into mailboxes behind reads that had to pull", one => Count(one.RepairWrites)),
            Row("mailbox reads", "pages of mailboxes", one => Count(one.MailboxReads)),
            Row("source reads", "authors that reads looked into", one => Count(one.SourceReads)),
            Row("write amplification", "mailbox writes for each post", one => Ratio(one.MailboxWrites, one.Posts)),
            Row("read amplification", "sources and mailboxes read for each page", one => Ratio(one.SourceReads + one.MailboxReads, one.Reads)),
            Row("never read", "posts in mailboxes at the end that are newer than their reader's last read", one => Count(one.NeverRead)),
            Row("… by readers of 0 / 1–3 / 4+ reads", "the same by the activity of the reader", one => string.Join(" / ", one.NeverReadByActivity.Select(count => Count(count)))),
            Row("hottest author", "the most mailbox writes that one author caused", one => Count(one.HottestAuthorWrites)),
            Row("hottest reader", "the most sources and mailboxes read for one reader", one => Count(one.HottestReaderReads)),
            Row("publish p50 / p99", "to the acknowledgement; from then on the post is in every timeline", one => Times(one.Publish)),
            Row("fan-out p50 / p99", "from the publish to the last mailbox", one => Times(one.FanOut)),
            Row("freshness p50 / p99", "from the publish until a follower who asks at once has the post, before any fan-out", one => Times(one.Freshness)),
            Row("read p50 / p99", "a first page of 50", one => Times(one.Read)),
            Row("CPU, s", "of the whole run", one => Text(one.CpuSeconds, "0.00")),
            Row("memory, MiB", "in use at the end, more than before the run", one => Text(one.MemoryBytes / 1048576.0, "0.0")),
            Row("writes and source reads, s", "at the measured unit costs: what push and pull differ in", one => Text(one.ChoiceSeconds, "0.000")),
            Row("total cost, s", "with head checks and mailbox pages", one => Text(one.CostSeconds, "0.000")),
        ];

        FeedRow Row(string name, string explanation, Func<FeedResult, string> value) => new(name, explanation, [.. strategies.Select(value)]);
    }

    /// <summary>The yardsticks as names and seconds, the cheapest last.</summary>
    public static IReadOnlyList<(string Name, double Seconds)> Of(FeedYardsticks yardsticks) =>
    [
        ("push by arithmetic", yardsticks.Push),
        ("pull by arithmetic", yardsticks.Pull),
        (string.Create(CultureInfo.InvariantCulture, $"best threshold ({yardsticks.Threshold:N0} followers)"), yardsticks.BestThreshold),
        ("best choice for each edge", yardsticks.PerEdge),
        ("clairvoyant optimum", yardsticks.Clairvoyant),
    ];

    private static string Ratio(long value, long by) => by == 0 ? "–" : Text((double)value / by, "0.00");

    private static string Times(LatencySummary? summary) => summary is null ? "–" : $"{Time(summary.P50)} / {Time(summary.P99)}";

    private static string Time(double milliseconds) => milliseconds < 1 ? $"{Text(milliseconds * 1000, "0")} µs" : $"{Text(milliseconds, "0.0")} ms";

    private static string Count(long value) => Text(value, "N0");

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
