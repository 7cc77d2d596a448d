using System.Text;
using Realtime.Lab.Results;

namespace Realtime.Lab.Reports;

/// <summary>
/// Latency over percentile, both logarithmic: each step to the right leaves a tenth of the messages, so the tail, where transports differ
/// most, has as much room as the middle.
/// </summary>
internal static class LatencyChart
{
    private const int Width = 860, Height = 360, Left = 64, Right = 16, Top = 12, Bottom = 40;
    private static readonly double[] Percentiles = [0, 50, 90, 99, 99.9, 99.99];

    // The last point, the maximum, stands here: 100 % itself is infinitely far away.
    private const double Furthest = 99.999;

    public static string Draw(IReadOnlyList<(string Label, int Series, LatencySummary Latency)> lines)
    {
        var low = Decade(lines.Min(line => line.Latency.Curve.Min(point => point.Milliseconds)), Math.Floor);
        var high = Math.Max(low * 10, Decade(lines.Max(line => line.Latency.Max), Math.Ceiling));
        double X(double percentile) => Left + Tail(percentile) / Tail(Furthest) * (Width - Left - Right);
        double Y(double value) => Top + (1 - Math.Log10(value / low) / Math.Log10(high / low)) * (Height - Top - Bottom);

        var svg = new StringBuilder("<figure><figcaption><b>Latency by percentile</b> milliseconds from the intended send time; further right is rarer</figcaption>");
        svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"Latency by percentile\">");
        for (var value = low; value <= high * 1.001; value *= 10)
        {
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Html.Number(Y(value))}\" y2=\"{Html.Number(Y(value))}\"/>");
            svg.Append($"<text class=\"end\" x=\"{Left - 8}\" y=\"{Html.Number(Y(value))}\">{Html.Number(value)}</text>");
        }
        foreach (var percentile in Percentiles)
        {
            svg.Append($"<line class=\"grid\" x1=\"{Html.Number(X(percentile))}\" x2=\"{Html.Number(X(percentile))}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/>");
            svg.Append($"<text class=\"middle\" x=\"{Html.Number(X(percentile))}\" y=\"{Height - Bottom + 16}\">{Html.Number(percentile)} %</text>");
        }
        foreach (var (label, series, latency) in lines)
        {
            var points = latency.Curve.Select(point => $"{Html.Number(X(point.Percentile))},{Html.Number(Y(Math.Max(low, point.Milliseconds)))}");
            svg.Append($"<polyline class=\"s{series}\" points=\"{string.Join(' ', points)}\"><title>{Html.Text(label)}</title></polyline>");
        }
        svg.Append("</svg><p class=\"legend\">");
        foreach (var (label, series, _) in lines)
            svg.Append($"<span><i class=\"b{series}\"></i>{Html.Text(label)}</span>");
        return svg.Append("</p></figure>").ToString();
    }

    private static double Tail(double percentile) => -Math.Log10(1 - Math.Min(percentile, Furthest) / 100);

    private static double Decade(double value, Func<double, double> round) => Math.Pow(10, round(Math.Log10(Math.Max(value, 0.01))));
}
