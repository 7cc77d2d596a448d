using Realtime.Lab.Results;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>Messages acknowledged in a second to keep-alive HTTP publishers of single messages: the durable store against memory.</summary>
public sealed class PublishFigure(LabHost host, FigureSettings settings)
{
    private const string Durable = "sqlite", Memory = "memory";

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "publish");
        using var loops = new Loops();
        var publishing = new ClosedLoopRun(host, settings, loops);
        await using var memory = await host.StartServerAsync(Memory, collectable: false, cancellationToken).ConfigureAwait(false);
        await using var durable = await host.StartServerAsync(Durable, collectable: false, cancellationToken).ConfigureAwait(false);
        // Not measured: the first round would pay for compiling.
        foreach (var server in (IReadOnlyList<ServerProcess>)[memory, durable])
            await publishing.WarmUpAsync(server.Target, cancellationToken).ConfigureAwait(false);
        for (var round = 1; round <= settings.Rounds; round++)
        {
            await MeasureAsync(run, publishing, memory.Target, Memory, round, cancellationToken).ConfigureAwait(false);
            await MeasureAsync(run, publishing, durable.Target, Durable, round, cancellationToken).ConfigureAwait(false);
        }
        return run.Finish(
            FigureRows.Of(run.Samples, ClosedLoopRun.Acknowledged, Memory, (_, series) => series == Durable ? new FigureTarget(AtLeast: true, 0.7) : null),
            saturates: true);
    }

    private async Task MeasureAsync(
        FigureRun run, ClosedLoopRun publishing, ServerTarget server, string series, int round, CancellationToken cancellationToken)
    {
        var ofCase = $"{settings.Publishers} publishers";
        var step = run.Step(ofCase, series, round);
        var (values, cpu, gaveUp) = await publishing.MeasureAsync(server, cancellationToken).ConfigureAwait(false);
        if (gaveUp is not null)
            run.Fail(step, gaveUp);
        run.Add(ofCase, series, round, values, cpu);
    }
}
