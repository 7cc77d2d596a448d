using System.Net.Http.Json;
using System.Text.Json;
using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Feeds;

/// <summary>What feeds reach on one node with SQLite, against the times that they set out for: a ratio of 1 is the limit.</summary>
/// <param name="host">Where servers come from.</param>
/// <param name="settings">How often fan-outs and how long reads are measured.</param>
public sealed class FeedsFigure(LabHost host, FigureSettings settings)
{
    private const string FanOut = "fan-out p99, ms", Read = "timeline p99, ms";
    private const int Posts = 20, Authors = 1_000, Celebrities = 20, Follows = 200, Readers = 200, PostsPerAuthor = 5, Warm = 64;
    private const double Rate = 200;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);

    /// <summary>From a post to the last of its active followers' mailboxes, as the server's own histogram tells, each post alone.</summary>
    /// <param name="followers">How many there are; each has opened the timeline once before.</param>
    /// <param name="limit">What it may take.</param>
    /// <param name="strategy">The server's strategy.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunFanOutAsync(int followers, TimeSpan limit, string strategy, CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "feeds fan-out");
        await using var server = await StartAsync(strategy, cancellationToken).ConfigureAwait(false);
        using var client = new FeedClient(server.Target.Url);
        using var meter = new ProcessMeter(server.Target.ProcessId!.Value);
        await client.ImportAsync(Enumerable.Range(0, followers).Select(n => FormattableString.Invariant($"f{n},author")), cancellationToken).ConfigureAwait(false);
        var seen = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, followers), Options(cancellationToken), async (n, token) =>
        {
            await client.ReadAsync(FormattableString.Invariant($"f{n}"), "?limit=1", token).ConfigureAwait(false);
            if (Interlocked.Increment(ref seen) % 1_000 == 0)
                host.Progress?.Report(FormattableString.Invariant($"feeds fan-out: {seen:N0} of {followers:N0} followers have read"));
        }).ConfigureAwait(false);
        // Who reads is noted every second.
        await host.PauseAsync(TimeSpan.FromSeconds(2), cancellationToken).ConfigureAwait(false);
        var ofCase = FormattableString.Invariant($"{followers:N0} followers");
        for (var round = 0; round <= settings.Rounds; round++)
        {
            run.Step(ofCase, strategy, round);
            var (fanOut, publish) = (new LatencyMeter(), new LatencyMeter());
            var writes = await WritesAsync().ConfigureAwait(false);
            var cpu = new CpuWindow(meter);
            for (var post = 0; post < Posts; post++)
            {
                var (sum, count) = await FanOutsAsync().ConfigureAwait(false);
                publish.Record(await client.PostAsync("author", cancellationToken).ConfigureAwait(false));
                var after = (Sum: sum, Count: count);
                while (after.Count == count)
                {
                    await host.PauseAsync(Between, cancellationToken).ConfigureAwait(false);
                    after = await FanOutsAsync().ConfigureAwait(false);
                }

                fanOut.Record((long)((after.Sum - sum) * 1e6));
            }

            var used = cpu.End();
            if (round == 0)
                continue;
            run.Add(ofCase, strategy, round, new Dictionary<string, double>
            {
                [FanOut] = fanOut.Summarize()!.P99,
                ["fan-out p50, ms"] = fanOut.Summarize()!.P50,
                ["publish p50, ms"] = publish.Summarize()!.P50,
                ["publish p99, ms"] = publish.Summarize()!.P99,
                ["writes / post"] = (await WritesAsync().ConfigureAwait(false) - writes) / Posts,
                ["server CPU, ms / post"] = used.Servers[0].TotalMilliseconds / Posts,
            }, used);
        }

        return run.Finish(Rows(run.Samples, FanOut, _ => limit.TotalMilliseconds), saturates: false);

        async Task<(double Sum, double Count)> FanOutsAsync() => (
            await client.MetricAsync("realtime_feeds_fanout_duration_seconds_sum", "", cancellationToken).ConfigureAwait(false),
            await client.MetricAsync("realtime_feeds_fanouts_total", "result=", cancellationToken).ConfigureAwait(false));
        Task<double> WritesAsync() => client.MetricAsync("realtime_feeds_mailbox_writes_total", "", cancellationToken);
    }

    /// <summary>A page of 50 posts of 200 followed authors over HTTP, 200 reads in a second on a schedule, while authors post.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunTimelinesAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "feeds timelines");
        foreach (var strategy in (string[])["push", "hybrid", "pull", "auto"])
        {
            await using var server = await StartAsync(strategy, cancellationToken).ConfigureAwait(false);
            using var client = new FeedClient(server.Target.Url);
            using var meter = new ProcessMeter(server.Target.ProcessId!.Value);
            await FillAsync(client, cancellationToken).ConfigureAwait(false);
            for (var round = 0; round <= settings.Rounds; round++)
            {
                run.Step("200 authors", strategy, round);
                var cpu = new CpuWindow(meter);
                var (latency, sources) = await PlayAsync(client, cancellationToken).ConfigureAwait(false);
                var used = cpu.End();
                if (round == 0)
                    continue;
                run.Add("200 authors", strategy, round, new Dictionary<string, double>
                {
                    [Read] = latency.P99,
                    ["timeline p50, ms"] = latency.P50,
                    ["source reads / page"] = sources,
                    ["server CPU, ms / page"] = used.Servers[0].TotalMilliseconds / latency.Count,
                }, used);
            }
        }

        return run.Finish(Rows(run.Samples, Read, series => series switch { "push" => 5, "hybrid" => 8, "pull" => 25, _ => null }), saturates: false);
    }

    private async Task FillAsync(FeedClient client, CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var lines = new List<string>();
        for (var reader = 0; reader < Readers; reader++)
        {
            var authors = Enumerable.Range(Celebrities, Authors - Celebrities).ToArray();
            random.Shuffle(authors);
            // Everybody follows the same few, who are those above the threshold of hybrid.
            lines.AddRange(Enumerable.Range(0, Celebrities).Concat(authors.Take(Follows - Celebrities)).Select(author => FormattableString.Invariant($"r{reader},a{author}")));
        }

        await client.ImportAsync(lines, cancellationToken).ConfigureAwait(false);
        await ReadAllAsync().ConfigureAwait(false);
        for (var post = 0; post < PostsPerAuthor; post++)
        {
            using var content = JsonContent.Create(new
            {
                messages = Enumerable.Range(0, Authors).Select(author => new { channel = FormattableString.Invariant($"posts:a{author}"), data = new { text = "a post of a few words, as posts are" } }),
            });
            await client.SendAsync(HttpMethod.Post, "api/publish", "importer", content, cancellationToken).ConfigureAwait(false);
        }

        await ReadAllAsync().ConfigureAwait(false);

        async Task ReadAllAsync()
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, Readers), Options(cancellationToken), async (reader, token) =>
                await client.ReadAsync(FormattableString.Invariant($"r{reader}"), "", token).ConfigureAwait(false)).ConfigureAwait(false);
            await host.PauseAsync(TimeSpan.FromSeconds(2), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads by schedule; latencies count from the time at which a read was due. Ten posts in a second are published meanwhile.</summary>
    private async Task<(LatencySummary Latency, double Sources)> PlayAsync(FeedClient client, CancellationToken cancellationToken)
    {
        var random = new Random(2);
        var meter = new LatencyMeter();
        var (sources, start) = (0L, LabClock.Now);
        var open = new List<Task>();
        for (var i = 0; i < Rate * settings.Window.TotalSeconds; i++)
        {
            var due = start + (long)(i * 1e6 / Rate);
            if (due - LabClock.Now is var early and > 0)
                await host.PauseAsync(TimeSpan.FromMicroseconds(early), cancellationToken).ConfigureAwait(false);
            open.Add(ReadAsync(FormattableString.Invariant($"r{random.Next(Readers)}"), due));
            if (i % 20 == 0)
                open.Add(client.PostAsync(FormattableString.Invariant($"a{random.Next(Authors)}"), cancellationToken));
        }

        await Task.WhenAll(open).ConfigureAwait(false);
        var latency = meter.Summarize()!;
        return (latency, (double)sources / latency.Count);

        async Task ReadAsync(string user, long due)
        {
            var (body, took) = await client.SendAsync(HttpMethod.Get, "api/timeline?limit=50", user, null, cancellationToken).ConfigureAwait(false);
            // From when it was due, or from when it was sent where the timer was late by less than it can be told.
            var micros = Math.Max(took, LabClock.Now - due - 1_000);
            var page = JsonSerializer.Deserialize<JsonElement>(body);
            if (page.GetProperty("posts").GetArrayLength() != 50)
                throw new LabException($"A page holds {page.GetProperty("posts").GetArrayLength()} posts instead of 50.");
            lock (meter)
            {
                meter.Record(micros);
                sources += page.GetProperty("cost").GetProperty("sourceReads").GetInt32();
            }
        }
    }

    private Task<ServerProcess> StartAsync(string strategy, CancellationToken cancellationToken) => host.StartServerAsync("sqlite", new Dictionary<string, string>
    {
        ["Realtime__Feeds__Strategy"] = strategy,
        ["Realtime__Feeds__FollowerThreshold"] = strategy == "hybrid" ? "100" : "10000",
        ["Realtime__Auth__HmacKey"] = FeedClient.Key,
    }, cancellationToken);

    private static IEnumerable<FigureRow> Rows(IReadOnlyList<Sample> samples, string figure, Func<string, double?> limit) =>
        FigureRows.Of(samples, figure, "", (_, _) => null).Select(row => limit(row.Series) is { } most
            ? row with
            {
                Ratio = row.Value / most,
                LowestRatio = row.Lowest / most,
                HighestRatio = row.Highest / most,
                Target = new FigureTarget(AtLeast: false, 1),
                Reached = row.Value <= most,
            }
            : row);

    private static ParallelOptions Options(CancellationToken cancellationToken) => new() { MaxDegreeOfParallelism = Warm, CancellationToken = cancellationToken };
}
