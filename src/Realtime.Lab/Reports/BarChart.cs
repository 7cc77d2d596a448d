using System.Text;

namespace Realtime.Lab.Reports;

/// <summary>One bar: who, how much, and the class that colours it.</summary>
/// <param name="Label">Whose value it is.</param>
/// <param name="Value">Null shows a dash: it was not measured.</param>
/// <param name="Series">The number of its colour.</param>
internal readonly record struct Bar(string Label, double? Value, int Series);

/// <summary>Horizontal bars from zero, with the value beside each.</summary>
internal static class BarChart
{
    private const int Width = 420, RowHeight = 26, LabelWidth = 104, ValueWidth = 64;

    public static string Draw(string title, string explanation, IReadOnlyList<Bar> bars)
    {
        var largest = bars.Max(bar => bar.Value ?? 0);
        var svg = new StringBuilder();
        svg.Append($"<figure><figcaption><b>{Html.Text(title)}</b> {Html.Text(explanation)}</figcaption>");
        svg.Append($"<svg viewBox=\"0 0 {Width} {bars.Count * RowHeight}\" role=\"img\" aria-label=\"{Html.Text(title)}\">");
        for (var row = 0; row < bars.Count; row++)
        {
            var bar = bars[row];
            var middle = row * RowHeight + RowHeight / 2;
            var length = largest > 0 ? (bar.Value ?? 0) / largest * (Width - LabelWidth - ValueWidth) : 0;
            svg.Append($"<text x=\"{LabelWidth - 8}\" y=\"{middle}\" class=\"end\">{Html.Text(bar.Label)}</text>");
            svg.Append($"<rect x=\"{LabelWidth}\" y=\"{middle - 8}\" width=\"{Html.Number(Math.Max(1, length))}\" height=\"16\" rx=\"2\" class=\"f{bar.Series}\"/>");
            svg.Append($"<text x=\"{Html.Number(LabelWidth + length + 6)}\" y=\"{middle}\">{(bar.Value is { } value ? Html.Figure(value) : "–")}</text>");
        }
        return svg.Append("</svg></figure>").ToString();
    }
}
