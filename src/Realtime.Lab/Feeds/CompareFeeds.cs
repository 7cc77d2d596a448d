using System.Globalization;
using Realtime.Feeds;
using Realtime.Lab.Results;

namespace Realtime.Lab.Feeds;

/// <summary>Runs feed strategies one after the other on the same workload, each on a node of its own in this process.</summary>
/// <param name="settings">The workload and the strategies.</param>
/// <param name="timeProvider">The clock of the run's date and of unit costs.</param>
/// <param name="report">Told how far it is; null for nobody.</param>
public sealed class CompareFeeds(FeedSettings settings, TimeProvider timeProvider, IProgress<string>? report)
{
    /// <summary>Runs them.</summary>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="LabException">A setting or the file can't be used.</exception>
    public async Task<FeedComparison> RunAsync(CancellationToken cancellationToken)
    {
        if (settings.Problem() is { } problem)
            throw new LabException(problem);
        var cases = settings.Strategies.Select(FeedCase.Parse).ToList();
        var run = RunInfo.Begin("compare feeds", settings.Describe(), timeProvider);
        var activity = settings.Input is { } input
            ? RecordedActivity.Read(input, settings.Limit, settings.ReadsPerSession, settings.Seed)
            : GeneratedActivity.Create(settings.Users, settings.Follows, settings.Posts, settings.Reads, settings.Seed);
        if (activity.Events.Count == 0)
            throw new LabException("The workload holds neither posts nor reads.");
        report?.Report("unit costs: measuring");
        var units = await MeasureAsync(cancellationToken);
        var results = new List<FeedResult>();
        foreach (var one in cases)
        {
            var feedRun = new FeedRun(activity, one, units, done => report?.Report(string.Create(CultureInfo.InvariantCulture, $"{one.Name}: {done:P0}")));
            results.Add(await feedRun.RunAsync(cancellationToken));
        }

        var yardsticks = Yardsticks.Of(activity, units);
        return new FeedComparison(run, activity.Name, units, yardsticks, results, FeedChecks.Of(results, yardsticks));
    }

    private async Task<UnitCosts> MeasureAsync(CancellationToken cancellationToken)
    {
        await using var node = await FeedNode.StartAsync(new FeedOptions(), timeProvider, cancellationToken);
        return await node.UnitCosts.MeasureAsync(node.Mailboxes, cancellationToken);
    }
}
