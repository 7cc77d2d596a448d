using System.Globalization;
using Realtime.Lab.Feeds;
using Spectre.Console;

namespace Realtime.Bench.Output;

/// <summary>Shows a comparison of feed strategies on a terminal: a column for each strategy.</summary>
internal static class FeedTable
{
    /// <summary>Shows it.</summary>
    public static void Show(IAnsiConsole console, FeedComparison result)
    {
        console.MarkupLineInterpolated($"[bold]{result.Workload}[/]");
        console.MarkupLineInterpolated($"[grey]{result.Run.Machine}; {result.Run.Commit}[/]");
        var table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("").NoWrap());
        foreach (var one in result.Strategies)
            table.AddColumn(new TableColumn(Markup.Escape(one.Case.Name)).RightAligned());
        foreach (var row in FeedRows.Of(result.Strategies))
            table.AddRow([Markup.Escape(row.Name), .. row.Values.Select(Markup.Escape)]);
        console.Write(table);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mailbox write {result.Units.MailboxWrite:0} ns, source read {result.Units.SourceRead:0} ns, head check {result.Units.HeadCheck:0} ns, mailbox page {result.Units.MailboxRead:0} ns, repair {result.Units.Repair:0} ns"));
        console.WriteLine("total cost by arithmetic: " + string.Join(", ", FeedRows.Of(result.Yardsticks)
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Name} {one.Seconds:0.000} s"))));
        ComparisonTable.Checks(console, result.Checks);
    }
}
