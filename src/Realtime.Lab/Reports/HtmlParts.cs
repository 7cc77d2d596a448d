using System.Globalization;
using System.Text;
using Realtime.Lab.Results;

namespace Realtime.Lab.Reports;

/// <summary>What all reports have in common: how they look, and what a result was held to.</summary>
internal static class HtmlParts
{
    private const string Style = """
        :root{color-scheme:light dark;--fg:#1c2330;--dim:#5b6575;--bg:#fff;--line:#d9dee6;--ok:#05703f;--warn:#9a5b00;--bad:#b3261e;
        --c0:#2563eb;--c1:#c2410c;--c2:#047857;--c3:#be185d;--c4:#6d28d9;--c5:#64748b}
        @media(prefers-color-scheme:dark){:root{--fg:#e6e9ef;--dim:#9aa5b5;--bg:#14181f;--line:#323a47;--ok:#4ade80;--warn:#fbbf24;--bad:#f87171;
        --c0:#60a5fa;--c1:#fb923c;--c2:#34d399;--c3:#f472b6;--c4:#a78bfa;--c5:#94a3b8}}
        body{font:15px/1.45 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:60rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.4rem;margin:0 0 .3rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p.dim,td.dim,figcaption{color:var(--dim)}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--line);white-space:nowrap}
        th:first-child,td:first-child{text-align:left}td.wide{white-space:normal;text-align:left}
        figure{margin:1rem 0}figcaption{font-size:.85rem}figcaption b{color:var(--fg)}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:0 2rem}
        svg{width:100%;height:auto}svg text{font-size:12px;fill:currentColor;dominant-baseline:middle}.end{text-anchor:end}.middle{text-anchor:middle}
        .s1{stroke-dasharray:9 3}.s2{stroke-dasharray:5 3}.s4{stroke-dasharray:2 3}.grid{stroke:var(--line)}.shade{fill:var(--line);opacity:.45}polyline{fill:none;stroke-width:2}
        .legend span{margin-right:1rem;white-space:nowrap}
        .legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.35rem;vertical-align:-1px}
        .Passed{color:var(--ok)}.Warning{color:var(--warn)}.Failed{color:var(--bad)}
        """;

    /// <summary>Begins a document, with so many colours for series.</summary>
    public static void Begin(StringBuilder html, string title, int series)
    {
        html.Append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.Append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
        html.Append($"<title>{Html.Text(title)}</title><style>").Append(Style);
        for (var index = 0; index < series; index++)
            html.Append($".s{index}{{stroke:var(--c{index})}}.f{index}{{fill:var(--c{index})}}.b{index}{{background:var(--c{index})}}");
        html.Append($"</style></head><body><h1>{Html.Text(title)}</h1>");
    }

    /// <summary>Writes on what, of what and when it was measured.</summary>
    public static void Run(StringBuilder html, RunInfo run)
    {
        html.Append($"<p class=\"dim\">{Html.Text(run.Machine)}<br>{Html.Text(run.Commit)}<br>");
        html.Append($"{Html.Text(run.Started.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture))}</p>");
    }

    public static void Verdict(StringBuilder html, IReadOnlyList<Check> checks)
    {
        var failed = checks.Count(check => check.Outcome == CheckOutcome.Failed);
        var warned = checks.Count(check => check.Outcome == CheckOutcome.Warning);
        html.Append(failed > 0 ? $"<p class=\"Failed\"><b>Not valid:</b> {failed} of {checks.Count} checks failed, see below.</p>"
            : warned > 0 ? "<p class=\"Warning\"><b>Valid, with care:</b> everything was delivered as it should be; "
                + $"the figures are not the server's alone ({warned} of {checks.Count} checks), see below.</p>"
            : $"<p class=\"Passed\"><b>Valid:</b> all {checks.Count} checks passed.</p>");
    }

    public static void Checks(StringBuilder html, IReadOnlyList<Check> checks)
    {
        html.Append("<h2>Checks</h2><div class=\"scroll\"><table><tbody>");
        foreach (var check in checks)
        {
            html.Append($"<tr><td class=\"{check.Outcome}\">{check.Outcome}</td><td class=\"wide\">{Html.Text(check.Name)}</td>");
            html.Append($"<td class=\"wide dim\">{Html.Text(check.Detail)}</td></tr>");
        }
        html.Append("</tbody></table></div>");
    }

    public static void Settings(StringBuilder html, IReadOnlyDictionary<string, string> settings)
    {
        html.Append("<h2>Settings</h2><div class=\"scroll\"><table><tbody>");
        foreach (var (name, value) in settings)
            html.Append($"<tr><td>{Html.Text(name)}</td><td class=\"wide\">{Html.Text(value)}</td></tr>");
        html.Append("</tbody></table></div>");
    }
}
