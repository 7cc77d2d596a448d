using System.CommandLine;
using Realtime.Bench.Output;
using Realtime.Lab;
using Realtime.Lab.Feeds;
using Realtime.Lab.Reports;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;
using Spectre.Console;

namespace Realtime.Bench.Commands;

/// <summary><c>figures feeds</c>: what feeds reach on one node.</summary>
internal sealed class FeedsCommand
{
    private static readonly FigureSettings Defaults = new();

    private readonly ServerOptions _server = new();
    private readonly Option<int> _rounds = new("--rounds") { Description = "How often each series is measured.", DefaultValueFactory = _ => Defaults.Rounds };
    private readonly Option<double> _window = new("--window") { Description = "Seconds of reads in one measurement.", DefaultValueFactory = _ => Defaults.Window.TotalSeconds };
    private readonly Option<int> _few = new("--followers") { Description = "Followers of fanout.", DefaultValueFactory = _ => 10_000 };
    private readonly Option<int> _many = new("--many-followers") { Description = "Followers of fanout-many and fanout-hybrid.", DefaultValueFactory = _ => 300_000 };
    private readonly Option<string[]> _parts = new("--part")
    {
        Description = "timelines, fanout, fanout-many, fanout-hybrid; all unless told otherwise.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "A JSON file with every measurement." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var options = new FeedsCommand();
        var command = new Command("feeds", "Timelines and fan-outs of one node with SQLite, against the times that were set for them.");
        foreach (Option option in new Option[] { options._rounds, options._window, options._few, options._many, options._parts, options._json })
            command.Add(option);
        options._server.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine();
        var figure = new FeedsFigure(_server.Host(parsed, progress), new FigureSettings
        {
            Rounds = parsed.GetValue(_rounds),
            Window = TimeSpan.FromSeconds(parsed.GetValue(_window)),
        });
        var results = new List<FigureResult>();
        foreach (var (part, run) in Parts(figure, parsed))
        {
            var result = await run(cancellationToken);
            results.Add(result);
            progress.Clear();
            FigureTable.Show(AnsiConsole.Console, part, result);
            if (parsed.GetValue(_json) is { } file)
                await ReportFiles.WriteAsync(file.FullName, JsonReport.Write(results), cancellationToken);
        }

        return results.TrueForAll(result => result.IsValid) ? 0 : 1;
    }

    private IEnumerable<(string Name, Func<CancellationToken, Task<FigureResult>> Run)> Parts(FeedsFigure figure, ParseResult parsed)
    {
        var (few, many, wanted) = (parsed.GetValue(_few), parsed.GetValue(_many), parsed.GetValue(_parts) ?? []);
        var parts = new (string Name, Func<CancellationToken, Task<FigureResult>> Run)[]
        {
            ("timelines", figure.RunTimelinesAsync),
            ("fanout", token => figure.RunFanOutAsync(few, TimeSpan.FromMilliseconds(100), "push", token)),
            ("fanout-many", token => figure.RunFanOutAsync(many, TimeSpan.FromSeconds(5), "push", token)),
            ("fanout-hybrid", token => figure.RunFanOutAsync(many, TimeSpan.FromSeconds(5), "hybrid", token)),
        };
        if (wanted.Except(parts.Select(part => part.Name)).FirstOrDefault() is { } unknown)
            throw new LabException($"There is no part called \"{unknown}\"; there are {string.Join(", ", parts.Select(part => part.Name))}.");
        return parts.Where(part => wanted.Length == 0 || wanted.Contains(part.Name));
    }
}
