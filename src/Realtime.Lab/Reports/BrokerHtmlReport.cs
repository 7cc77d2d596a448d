using System.Globalization;
using System.Text;
using Realtime.Lab.Broker;

namespace Realtime.Lab.Reports;

/// <summary>Writes a comparison of broker modes as one HTML file that needs nothing else.</summary>
public static class BrokerHtmlReport
{
    /// <summary>Colours: the fast node, the slow one, and what is neither.</summary>
    private const int Fast = 2, Slow = 1, Other = 0;

    /// <summary>Writes it.</summary>
    public static string Write(BrokerComparison result)
    {
        var html = new StringBuilder();
        HtmlParts.Begin(html, "A node that can't keep up", 6);
        html.Append("<p>Messages are published on one node and read on two others. For a while one of these takes its frames at a tenth of the speed at which "
            + "they come: where they wait meanwhile, and who is told, is what differs. The shaded time is that in which it is slow.</p>");
        HtmlParts.Run(html, result.Run);
        HtmlParts.Verdict(html, [.. result.Modes.SelectMany(mode => mode.Checks)]);
        Table(html, result.Modes);
        foreach (var mode in result.Modes)
            Mode(html, mode);
        HtmlParts.Settings(html, result.Run.Settings);
        return html.Append("</body></html>\n").ToString();
    }

    private static void Table(StringBuilder html, IReadOnlyList<BrokerResult> modes)
    {
        html.Append("<h2>While one node is slow</h2><div class=\"scroll\"><table><thead><tr><th></th>");
        foreach (var (title, explanation) in BrokerRows.Columns)
            html.Append($"<th title=\"{Html.Text(explanation)}\">{Html.Text(title)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in BrokerRows.Of(modes))
        {
            html.Append($"<tr><td>{Html.Text(row.Mode)}</td>");
            foreach (var value in row.Values)
                html.Append($"<td>{Html.Text(value)}</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table></div>");
    }

    private static void Mode(StringBuilder html, BrokerResult mode)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{Html.Text(mode.Title)}</h2><p class=\"dim\">{mode.Accepted:N0} publishes acknowledged, {mode.Refused:N0} refused.</p>");
        html.Append("<div class=\"charts\">");
        Chart("Lag", "messages acknowledged and not delivered", Line("fast node", Fast, sample => sample.Fast.Lag), Line("slow node", Slow, sample => sample.Slow.Lag));
        LogChart("Delivery, p99", "ms from the time at which a publish was due; logarithmic", Line("fast node", Fast, sample => sample.Fast.P99), Line("slow node", Slow, sample => sample.Slow.P99));
        Chart("Held in memory", "KiB of frames at the slow node, not taken yet", Line("held", Slow, sample => sample.Slow.UnacknowledgedBytes / 1024.0));
        Chart("Queue at the broker", "frames for the slow node", Line("queue", Slow, sample => sample.Slow.QueueDepth));
        Chart("Publishes", "in a second", Line("acknowledged", Fast, sample => sample.AcceptedPerSecond), Line("refused", Slow, sample => sample.RefusedPerSecond));
        LogChart("Publish latency, p99", "ms; logarithmic", Line("publish", Other, sample => sample.PublishP99));
        html.Append("</div>");
        HtmlParts.Checks(html, mode.Checks);

        TimeLine Line(string label, int series, Func<BrokerSample, double?> value) =>
            new(label, series, [.. mode.Samples.Select(sample => (sample.Seconds, value(sample)))]);
        void Chart(string title, string explanation, params TimeLine[] lines) => html.Append(TimeChart.Draw(title, explanation, lines, SlowSpans(mode.Samples)));
        void LogChart(string title, string explanation, params TimeLine[] lines) => html.Append(TimeChart.Draw(title, explanation, lines, SlowSpans(mode.Samples), logarithmic: true));
    }

    private static List<(double From, double To)> SlowSpans(IReadOnlyList<BrokerSample> samples)
    {
        var spans = new List<(double From, double To)>();
        for (var i = 1; i < samples.Count; i++)
        {
            if (samples[i].Phase != BrokerPhase.Slow)
                continue;
            if (spans.Count > 0 && spans[^1].To == samples[i - 1].Seconds)
                spans[^1] = (spans[^1].From, samples[i].Seconds);
            else
                spans.Add((samples[i - 1].Seconds, samples[i].Seconds));
        }

        return spans;
    }
}
