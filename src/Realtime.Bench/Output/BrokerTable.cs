using Realtime.Lab.Broker;
using Spectre.Console;

namespace Realtime.Bench.Output;

/// <summary>Shows a comparison of broker modes on a terminal: a row for each mode.</summary>
internal static class BrokerTable
{
    /// <summary>Shows it.</summary>
    public static void Show(IAnsiConsole console, BrokerComparison result)
    {
        console.MarkupLine("[bold]A node that can't keep up[/] [grey](while it is slow)[/]");
        console.MarkupLineInterpolated($"[grey]{result.Run.Machine}; {result.Run.Commit}[/]");
        var table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("").NoWrap());
        foreach (var (title, _) in BrokerRows.Columns)
            table.AddColumn(new TableColumn(Markup.Escape(title)).RightAligned());
        foreach (var row in BrokerRows.Of(result.Modes))
            table.AddRow([Markup.Escape(row.Mode), .. row.Values.Select(Markup.Escape)]);
        console.Write(table);
        foreach (var mode in result.Modes)
        {
            console.MarkupLineInterpolated($"[grey]{mode.Settings.Mode}[/]");
            ComparisonTable.Checks(console, mode.Checks);
        }
    }
}
