using System.Globalization;
using Realtime.Lab.Results;
using Spectre.Console;

namespace Realtime.Bench.Output;

/// <summary>Shows a figure on a terminal: a row for each series, with the spread of its rounds.</summary>
internal static class FigureTable
{
    /// <summary>Shows it.</summary>
    public static void Show(IAnsiConsole console, string name, FigureResult result)
    {
        console.MarkupLineInterpolated($"[bold]{name}[/] [grey]{result.Run.Machine}; {result.Run.Commit}[/]");
        var figures = result.Rows.GroupBy(row => row.Figure).ToList();
        foreach (var figure in figures)
            console.Write(Table(figure.Key, [.. figure], [.. figure.First().Details.Keys.Except(figures.Select(other => other.Key))]));
        ComparisonTable.Checks(console, result.Checks);
    }

    private static Table Table(string figure, IReadOnlyList<FigureRow> rows, IReadOnlyList<string> details)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var column in (string[])["case", "series", figure, "ratio", "target"])
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        foreach (var detail in details)
            table.AddColumn(new TableColumn(Markup.Escape(detail)).RightAligned());
        foreach (var row in rows)
        {
            table.AddRow(
            [
                row.Case, row.Series, Spread(row.Value, row.Lowest, row.Highest, Text),
                row.Ratio is { } ratio ? Spread(ratio, row.LowestRatio!.Value, row.HighestRatio!.Value, Ratio) : "",
                Target(row), .. details.Select(detail => Text(row.Details[detail])),
            ]);
        }
        return table;
    }

    private static string Spread(double median, double lowest, double highest, Func<double, string> text) =>
        lowest < highest ? $"{text(median)} ({text(lowest)}–{text(highest)})" : text(median);

    private static string Target(FigureRow row) => row.Target is null
        ? ""
        : $"[{(row.Reached == true ? "green" : "red")}]{(row.Target.AtLeast ? "≥" : "≤")} {Ratio(row.Target.Ratio)} {(row.Reached == true ? "reached" : "missed")}[/]";

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Text(double value) => double.IsNaN(value) ? "–" : value.ToString(
        Math.Abs(value) switch { >= 1000 => "N0", >= 100 => "0", >= 10 => "0.0", _ => "0.00" }, CultureInfo.InvariantCulture);
}
