using Realtime.Lab.Meters;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;

namespace Realtime.Lab.Nodes;

/// <summary>Messages acknowledged in a second on PostgreSQL to HTTP publishers of single messages, against bare inserts in batches of the same size.</summary>
public sealed class NodesPublishFigure(LabHost host, FigureSettings settings, NodesSettings nodes)
{
    private const string PostgreSql = "postgres", Bare = "bare insert loop", Batch = "messages / commit";

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "nodes publish");
        using var loops = new Loops();
        await using var pair = await NodePair.StartAsync(host, nodes, cancellationToken).ConfigureAwait(false);
        var publishing = new ClosedLoopRun(host, settings, loops);
        // Not measured: whoever measures first pays for compiling.
        await publishing.MeasureAsync(pair.First, cancellationToken).ConfigureAwait(false);
        var ofCase = $"{settings.Publishers} publishers";
        for (var round = 1; round <= settings.Rounds; round++)
        {
            var step = run.Step(ofCase, PostgreSql, round);
            var before = await MetricsReader.CommitsAsync(pair.First, cancellationToken).ConfigureAwait(false);
            var (values, used, gaveUp) = await publishing.MeasureAsync(pair.First, cancellationToken).ConfigureAwait(false);
            var after = await MetricsReader.CommitsAsync(pair.First, cancellationToken).ConfigureAwait(false);
            if (gaveUp is not null)
                run.Fail(step, gaveUp);
            values[Batch] = (after.Messages - before.Messages) / Math.Max(1, after.Commits - before.Commits);
            run.Add(ofCase, PostgreSql, round, values, used);

            run.Step(ofCase, Bare, round);
            var batch = Math.Max(1, (int)Math.Round(values[Batch]));
            var cpu = new CpuWindow();
            var reached = await nodes.Bare.InsertAsync(batch, settings.Payload, settings.Window, cancellationToken).ConfigureAwait(false);
            run.Add(ofCase, Bare, round, new Dictionary<string, double> { [ClosedLoopRun.Acknowledged] = reached, [Batch] = batch }, cpu.End());
        }

        return run.Finish(
            FigureRows.Of(run.Samples, ClosedLoopRun.Acknowledged, Bare, (_, series) => series == PostgreSql ? new FigureTarget(AtLeast: true, 0.5) : null),
            saturates: true);
    }
}
