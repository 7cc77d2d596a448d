using Realtime.Lab.Results;
using Spectre.Console;

namespace Realtime.Bench.Output;

/// <summary>Shows a comparison on a terminal: figures in rows and transports in columns, so that a transport more costs ten characters.</summary>
internal static class ComparisonTable
{
    /// <summary>Shows it.</summary>
    public static void Show(IAnsiConsole console, ComparisonResult result)
    {
        console.MarkupLineInterpolated($"[bold]{result.Workload}[/]");
        console.MarkupLineInterpolated($"[grey]{result.Run.Machine}; {result.Run.Commit}[/]");
        var table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("").NoWrap());
        foreach (var transport in result.Transports)
            table.AddColumn(new TableColumn(transport.Transport).RightAligned().NoWrap());
        foreach (var row in ComparisonRows.Of(result.Transports))
            table.AddRow([row.Name, .. row.Values.Select(Markup.Escape)]);
        console.Write(table);
        foreach (var (server, summary) in result.Publishing)
            console.WriteLine($"{server}: {summary.Describe()}");
        Checks(console, result.Checks);
    }

    /// <summary>Shows what a result was held to: all that is wrong, and how much is right.</summary>
    public static void Checks(IAnsiConsole console, IReadOnlyList<Check> checks)
    {
        foreach (var check in checks.Where(check => check.Outcome != CheckOutcome.Passed))
        {
            var colour = check.Outcome == CheckOutcome.Failed ? "red" : "yellow";
            console.MarkupLine($"[{colour}]{check.Outcome}: {Markup.Escape(check.Name)}[/] ({Markup.Escape(check.Detail)})");
        }
        console.WriteLine($"{checks.Count(check => check.Outcome == CheckOutcome.Passed)} of {checks.Count} checks passed");
    }
}
