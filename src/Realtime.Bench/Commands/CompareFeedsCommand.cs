using System.CommandLine;
using Realtime.Bench.Output;
using Realtime.Lab.Feeds;
using Realtime.Lab.Reports;
using Spectre.Console;

namespace Realtime.Bench.Commands;

/// <summary><c>compare feeds</c>.</summary>
internal sealed class CompareFeedsCommand
{
    private static readonly FeedSettings Defaults = new();

    private readonly ReportOptions _reports = new();

    private readonly Option<string[]> _strategies = new("--strategies")
    {
        Description = "Strategies to run: push, pull, auto, and hybrid with a follower threshold, such as hybrid-1000.",
        DefaultValueFactory = _ => [.. Defaults.Strategies],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<FileInfo?> _input = new("--input") { Description = "Recorded actions, lines of 'user other unixSeconds kind', plain or .gz; generated where none is given." };

    private readonly Option<int> _limit = new("--limit") { Description = "The most lines of the file; 0 for all." };

    private readonly Option<double> _readsPerSession = new("--reads-per-session")
    {
        Description = "Reads for each session of a recorded user beyond the one before acting.",
        DefaultValueFactory = _ => Defaults.ReadsPerSession,
    };

    private readonly Option<int> _users = new("--users") { Description = "Users of a generated workload.", DefaultValueFactory = _ => Defaults.Users };

    private readonly Option<double> _follows = new("--follows") { Description = "Authors that a generated user follows.", DefaultValueFactory = _ => Defaults.Follows };

    private readonly Option<double> _posts = new("--posts") { Description = "Posts of a generated user in the week.", DefaultValueFactory = _ => Defaults.Posts };

    private readonly Option<double> _reads = new("--reads") { Description = "Reads of a generated user in the week.", DefaultValueFactory = _ => Defaults.Reads };

    private readonly Option<int> _seed = new("--seed") { Description = "The same seed gives the same workload.", DefaultValueFactory = _ => Defaults.Seed };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var options = new CompareFeedsCommand();
        var command = new Command("feeds", "One week of posts and reads: what push, pull, hybrid and auto make of it.");
        foreach (Option option in new Option[]
                 {
                     options._strategies, options._input, options._limit, options._readsPerSession, options._users, options._follows, options._posts,
                     options._reads, options._seed,
                 })
            command.Add(option);
        options._reports.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine();
        var result = await new CompareFeeds(Settings(parsed), TimeProvider.System, progress).RunAsync(cancellationToken);
        progress.Clear();
        await _reports.WriteAsync(
            parsed, result.Run.Started, JsonReport.Write(result), FeedHtmlReport.Write(result), () => FeedTable.Show(AnsiConsole.Console, result), cancellationToken);
        return result.IsValid ? 0 : 1;
    }

    private FeedSettings Settings(ParseResult parsed) => new()
    {
        Strategies = [.. parsed.GetValue(_strategies)!.SelectMany(name => name.Split(',', StringSplitOptions.RemoveEmptyEntries))],
        Input = parsed.GetValue(_input)?.FullName,
        Limit = parsed.GetValue(_limit),
        ReadsPerSession = parsed.GetValue(_readsPerSession),
        Users = parsed.GetValue(_users),
        Follows = parsed.GetValue(_follows),
        Posts = parsed.GetValue(_posts),
        Reads = parsed.GetValue(_reads),
        Seed = parsed.GetValue(_seed),
    };
}
