using Realtime.Lab.Meters;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Nodes;

/// <summary>From a publisher on one node to a plain WebSocket reader on another: as fast as it goes, and at a steady rate.</summary>
public sealed class NodesFigure(LabHost host, FigureSettings settings, NodesSettings nodes)
{
    private const string Across = "across nodes", Bare = "bare RabbitMQ loop", Same = "same node";
    private const string P99 = "latency p99, ms", Bundle = "messages / commit";

    /// <summary>What a message of no data weighs in a frame: its names, id, time and lengths.</summary>
    private const int EnvelopeBytes = 60;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    /// <summary>Messages in a second against a bare client of the broker that carries bundles of the same size.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunThroughputAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "nodes throughput");
        using var loops = new Loops();
        await using var pair = await NodePair.StartAsync(host, nodes, cancellationToken).ConfigureAwait(false);
        var saturated = new SaturatedRun(host, settings, loops);
        for (var round = 0; round <= settings.Rounds; round++)
        {
            var step = run.Step("saturated", Across, round);
            var before = await MetricsReader.CommitsAsync(pair.First, cancellationToken).ConfigureAwait(false);
            var (values, used) = await saturated.MeasureAsync(
                run, step, TransportKind.WebSocket, pair.First, pair.Second, 1, nodes.Lead, pair.FirstMeter, cancellationToken).ConfigureAwait(false);
            var after = await MetricsReader.CommitsAsync(pair.First, cancellationToken).ConfigureAwait(false);
            // The first is not kept: it pays for compiling.
            if (round == 0)
                continue;
            values[Bundle] = (after.Messages - before.Messages) / Math.Max(1, after.Commits - before.Commits);
            run.Add("saturated", Across, round, values, used);

            run.Step("saturated", Bare, round);
            var bundle = Math.Max(1, (int)Math.Round(values[Bundle]));
            var cpu = new CpuWindow();
            var reached = await nodes.Bare.RelayAsync(bundle, settings.Payload + EnvelopeBytes, settings.Window, cancellationToken).ConfigureAwait(false);
            run.Add("saturated", Bare, round, new Dictionary<string, double> { [SaturatedRun.Delivered] = reached, [Bundle] = bundle }, cpu.End());
        }

        return run.Finish(
            FigureRows.Of(run.Samples, SaturatedRun.Delivered, Bare, (_, series) => series == Across ? new FigureTarget(AtLeast: true, 0.6) : null),
            saturates: true);
    }

    /// <summary>Latency from publish to delivery, against a reader on the node that is published to.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunLatencyAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "nodes latency");
        using var loops = new Loops();
        await using var pair = await NodePair.StartAsync(host, nodes, cancellationToken).ConfigureAwait(false);
        for (var round = 0; round <= settings.Rounds; round++)
        {
            var ofCase = $"{nodes.Rate:0.#}/s";
            var step = run.Step(ofCase, "both", round);
            var duration = round == 0 ? WarmUp : settings.Window;
            await using var playback = new Playback(PacedWorkload.Create(nodes.Rate, duration, settings.Payload), loops, host);
            playback.Read(pair.First, TransportKind.WebSocket, 1, new ReaderSettings());
            playback.Read(pair.Second, TransportKind.WebSocket, 1, new ReaderSettings(), publishedOn: pair.First);
            await playback.OpenAsync(cancellationToken).ConfigureAwait(false);
            var cpu = new CpuWindow(pair.FirstMeter);
            await playback.RunAsync(step, cancellationToken).ConfigureAwait(false);
            var used = cpu.End();
            var load = await loops.Readers.LoadAsync().ConfigureAwait(false);
            if (round == 0)
                continue;
            foreach (var (group, series) in playback.Groups.Zip([Same, Across]))
            {
                run.Hold($"{step}, {series}", await playback.AccountAsync(group).ConfigureAwait(false));
                run.Add(ofCase, series, round, FigureRun.Values(await group.WindowAsync().ConfigureAwait(false)), used, load.Busy);
            }
        }

        return run.Finish(
            FigureRows.Of(run.Samples, P99, Same, (_, series) => series == Across ? new FigureTarget(AtLeast: false, 3) : null),
            saturates: false);
    }
}
