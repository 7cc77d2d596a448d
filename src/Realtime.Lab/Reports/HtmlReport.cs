using System.Text;
using Realtime.Lab.Results;

namespace Realtime.Lab.Reports;

/// <summary>Writes a comparison as one HTML file that needs nothing else: no script, no font, no picture from anywhere.</summary>
public static class HtmlReport
{
    private static readonly string[] Series = [.. TransportKind.All, TransportKind.PlainSignalR];

    /// <summary>Writes it.</summary>
    public static string Write(ComparisonResult result)
    {
        var html = new StringBuilder();
        HtmlParts.Begin(html, "Transports compared", Series.Length);
        html.Append($"<p>{Html.Text(result.Workload)}</p>");
        HtmlParts.Run(html, result.Run);
        HtmlParts.Verdict(html, result.Checks);
        Figures(html, result);
        Charts(html, result.Transports);
        HtmlParts.Checks(html, result.Checks);
        HtmlParts.Settings(html, result.Run.Settings);
        return html.Append("</body></html>\n").ToString();
    }

    private static void Figures(StringBuilder html, ComparisonResult result)
    {
        html.Append("<h2>Figures</h2><div class=\"scroll\"><table><thead><tr><th></th>");
        foreach (var transport in result.Transports)
            html.Append($"<th>{Html.Text(transport.Transport)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in ComparisonRows.Of(result.Transports))
        {
            html.Append($"<tr><td title=\"{Html.Text(row.Explanation)}\">{Html.Text(row.Name)}</td>");
            foreach (var value in row.Values)
                html.Append($"<td>{Html.Text(value)}</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table></div>");
        foreach (var (server, summary) in result.Publishing)
            html.Append($"<p class=\"dim\">{Html.Text(server)}: {Html.Text(summary.Describe())}.</p>");
    }

    private static void Charts(StringBuilder html, IReadOnlyList<TransportResult> transports)
    {
        var lines = transports.Where(transport => transport.Latency is not null)
            .Select(transport => (transport.Transport, Array.IndexOf(Series, transport.Transport), transport.Latency!)).ToList();
        html.Append("<h2>Charts</h2>");
        if (lines.Count > 0)
            html.Append(LatencyChart.Draw(lines));
        html.Append("<div class=\"charts\">");
        Add("Freshness", "ms for which the oldest message that is missing has been due", transport => transport.StalenessMs);
        Add("Requests", "for each delivered message", transport => (double)transport.Requests / Math.Max(1, transport.Delivered));
        Add("Bytes down", "for each delivered message", transport => transport.BytesDownPerMessage);
        Add("Bytes up", "for each delivered message", transport => transport.BytesUpPerMessage);
        Add("Server CPU", "µs for each delivered message, each transport alone", transport => transport.Cost?.CpuMicrosPerMessage);
        Add("Server memory", "KiB for each idle connection, each transport alone", transport => transport.Cost?.MemoryKiBPerConnection);
        html.Append("</div>");

        void Add(string title, string explanation, Func<TransportResult, double?> value) => html.Append(BarChart.Draw(
            title,
            explanation,
            [.. transports.Select(transport => new Bar(transport.Transport, value(transport), Array.IndexOf(Series, transport.Transport)))]));
    }
}
