using Realtime.Lab.Results;

namespace Realtime.Lab.Scenarios;

/// <summary>
/// Messages delivered in a second when publishing goes as fast as it can. The publisher leads the average reader by a bounded number of
/// messages; the bound is part of the figure, because throughput without it is bought with latency.
/// </summary>
public sealed class SaturateFigure(LabHost host, FigureSettings settings)
{
    // SSE and long polling saturate alike; the project's targets are for these.
    private static readonly string[] Series = [TransportKind.PlainSignalR, TransportKind.WebSocket, TransportKind.SignalR];

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "saturate");
        using var loops = new Loops();
        await using var servers = await ServerPair.StartAsync(host, settings.Store, cancellationToken).ConfigureAwait(false);
        for (var round = 1; round <= settings.Rounds; round++)
        {
            foreach (var lead in settings.Leads)
            {
                foreach (var series in Series)
                    await MeasureAsync(run, loops, servers, series, lead, round, cancellationToken).ConfigureAwait(false);
            }
        }
        return run.Finish(FigureRows.Of(run.Samples, SaturatedRun.Delivered, TransportKind.PlainSignalR, Target), saturates: true);
    }

    private static FigureTarget? Target(string ofCase, string series) => series switch
    {
        TransportKind.WebSocket => new FigureTarget(AtLeast: true, 3),
        TransportKind.SignalR => new FigureTarget(AtLeast: true, 1.5),
        _ => null,
    };

    private async Task MeasureAsync(
        FigureRun run, Loops loops, ServerPair servers, string series, int lead, int round, CancellationToken cancellationToken)
    {
        var ofCase = $"lead {lead}";
        var step = run.Step(ofCase, series, round);
        var target = servers.Target(series);
        var saturated = new SaturatedRun(host, settings, loops);
        var (values, used) = await saturated
            .MeasureAsync(run, step, series, target, target, settings.Readers, lead, servers.Meter(series), cancellationToken).ConfigureAwait(false);
        run.Add(ofCase, series, round, values, used);
    }
}
