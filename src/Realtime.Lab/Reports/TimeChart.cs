using System.Text;

namespace Realtime.Lab.Reports;

/// <summary>One line of a chart over time.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Series">The number of its colour.</param>
/// <param name="Points">Seconds and values, ascending; a value that is null is left out.</param>
internal sealed record TimeLine(string Label, int Series, IReadOnlyList<(double Seconds, double? Value)> Points);

/// <summary>Lines over time, from zero, or logarithmic; a span of it can be shaded.</summary>
internal static class TimeChart
{
    private const int Width = 420, Height = 170, Left = 62, Right = 10, Top = 10, Bottom = 24;

    public static string Draw(string title, string explanation, IReadOnlyList<TimeLine> lines, IReadOnlyList<(double From, double To)> shaded, bool logarithmic = false)
    {
        var all = lines.SelectMany(line => line.Points).ToList();
        var end = Math.Max(1, all.Select(point => point.Seconds).DefaultIfEmpty().Max());
        var largest = Math.Max(1, all.Select(point => point.Value ?? 0).DefaultIfEmpty().Max());
        var top = logarithmic ? Math.Max(10, Math.Pow(10, Math.Ceiling(Math.Log10(largest)))) : Round(largest);
        double X(double seconds) => Left + seconds / end * (Width - Left - Right);
        double Y(double value) => Top + (1 - (logarithmic ? Math.Log10(Math.Max(1, value)) / Math.Log10(top) : value / top)) * (Height - Top - Bottom);

        var svg = new StringBuilder();
        svg.Append($"<figure><figcaption><b>{Html.Text(title)}</b> {Html.Text(explanation)}</figcaption>");
        svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Html.Text(title)}\">");
        foreach (var (from, to) in shaded)
            svg.Append($"<rect class=\"shade\" x=\"{Html.Number(X(from))}\" y=\"{Top}\" width=\"{Html.Number(X(to) - X(from))}\" height=\"{Height - Top - Bottom}\"/>");
        foreach (var value in logarithmic ? Decades(top) : [0, top / 2, top])
        {
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Html.Number(Y(value))}\" y2=\"{Html.Number(Y(value))}\"/>");
            svg.Append($"<text class=\"end\" x=\"{Left - 6}\" y=\"{Html.Number(Y(value))}\">{Short(value)}</text>");
        }
        foreach (var share in (double[])[0, 0.5, 1])
            svg.Append($"<text class=\"{(share > 0.9 ? "end" : "middle")}\" x=\"{Html.Number(X(end * share))}\" y=\"{Height - 8}\">{Html.Number(Math.Round(end * share))} s</text>");
        foreach (var line in lines)
        {
            var points = line.Points.Where(point => point.Value is not null).Select(point => $"{Html.Number(X(point.Seconds))},{Html.Number(Y(point.Value!.Value))}");
            svg.Append($"<polyline class=\"s{line.Series}\" points=\"{string.Join(' ', points)}\"><title>{Html.Text(line.Label)}</title></polyline>");
        }
        svg.Append("</svg><p class=\"legend\">");
        if (lines.Count > 1)
        {
            foreach (var line in lines)
                svg.Append($"<span><i class=\"b{line.Series}\"></i>{Html.Text(line.Label)}</span>");
        }
        return svg.Append("</p></figure>").ToString();
    }

    private static double[] Decades(double top) => [.. Enumerable.Range(0, 1 + (int)Math.Round(Math.Log10(top))).Select(power => Math.Pow(10, power))];

    private static double Round(double value)
    {
        var decade = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return decade * (value / decade) switch { <= 1 => 1, <= 2 => 2, <= 4 => 4, <= 6 => 6, _ => 10 };
    }

    private static string Short(double value) => value switch
    {
        >= 1_000_000 => $"{Html.Number(value / 1_000_000)} M",
        >= 10_000 => $"{Html.Number(value / 1_000)} k",
        _ => Html.Number(value),
    };
}
