using System.Globalization;
using System.Text;
using Realtime.Lab.Feeds;

namespace Realtime.Lab.Reports;

/// <summary>Writes a comparison of feed strategies as one HTML file that needs nothing else.</summary>
public static class FeedHtmlReport
{
    private const int Colours = 6;

    /// <summary>Writes it.</summary>
    public static string Write(FeedComparison result)
    {
        var html = new StringBuilder();
        HtmlParts.Begin(html, "Push, pull and between", Colours);
        html.Append($"<p>{Html.Text(result.Workload)}. Each strategy played the same posts and reads through the same code, one event after the other.</p>");
        HtmlParts.Run(html, result.Run);
        HtmlParts.Verdict(html, result.Checks);
        html.Append(CultureInfo.InvariantCulture, $"<p>A mailbox write takes {result.Units.MailboxWrite:0} ns here, a source read {result.Units.SourceRead:0} ns, a head check {result.Units.HeadCheck:0} ns, a mailbox page {result.Units.MailboxRead:0} ns, a post put in behind a read {result.Units.Repair:0} ns.</p>");
        Table(html, result.Strategies);
        Charts(html, result);
        HtmlParts.Checks(html, result.Checks);
        HtmlParts.Settings(html, result.Run.Settings);
        return html.Append("</body></html>\n").ToString();
    }

    private static void Table(StringBuilder html, IReadOnlyList<FeedResult> strategies)
    {
        html.Append("<h2>Figures</h2><div class=\"scroll\"><table><thead><tr><th></th>");
        foreach (var one in strategies)
            html.Append($"<th>{Html.Text(one.Case.Name)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in FeedRows.Of(strategies))
        {
            html.Append($"<tr><td title=\"{Html.Text(row.Explanation)}\">{Html.Text(row.Name)}</td>");
            foreach (var value in row.Values)
                html.Append($"<td>{Html.Text(value)}</td>");
            html.Append("</tr>");
        }

        html.Append("</tbody></table></div>");
    }

    private static void Charts(StringBuilder html, FeedComparison result)
    {
        html.Append("<h2>Charts</h2><div class=\"charts\">");
        Add("CPU", "seconds of the whole run, publishing included", one => one.CpuSeconds);
        Add("Mailbox writes", "for each post", one => (double)one.MailboxWrites / Math.Max(1, one.Posts));
        Add("Source reads", "for each timeline", one => (double)one.SourceReads / Math.Max(1, one.Reads));
        Add("Timeline, p99", "ms for a first page", one => one.Read?.P99);
        Add("Fan-out, p99", "ms from the publish to the last mailbox", one => one.FanOut?.P99);
        Add("Never read", "thousands of posts in mailboxes at the end", one => one.NeverRead / 1000.0);
        Bar[] bars =
        [
            .. result.Strategies.Select((one, i) => new Bar(one.Case.Name, one.CostSeconds, i % Colours)),
            .. FeedRows.Of(result.Yardsticks).Skip(2).Select(one => new Bar(one.Name.Split('(')[0].Replace(" choice for each", "", StringComparison.Ordinal).Trim(), one.Seconds, Colours - 1)),
        ];
        html.Append(BarChart.Draw("Total cost", "seconds of one core at the measured unit costs; below the strategies what arithmetic gives in hindsight", bars));
        html.Append("</div>");

        void Add(string title, string explanation, Func<FeedResult, double?> value) => html.Append(BarChart.Draw(
            title, explanation, [.. result.Strategies.Select((one, i) => new Bar(one.Case.Name, value(one), i % Colours))]));
    }
}
