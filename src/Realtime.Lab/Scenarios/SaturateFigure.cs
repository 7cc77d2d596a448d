using Realtime.Lab.Meters;
using Realtime.Lab.Publishing;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;

namespace Realtime.Lab.Scenarios;

/// <summary>
/// Messages delivered in a second when publishing goes as fast as it can. The publisher leads the average reader by a bounded number of
/// messages; the bound is part of the figure, because throughput without it is bought with latency.
/// </summary>
public sealed class SaturateFigure(LabHost host, FigureSettings settings)
{
    private const string Delivered = "delivered messages / s";
    private const int Publishers = 4, Batch = 64;

    // Recording each of millions of latencies would cost the machine more than the rest of the generator.
    private const int LatencyEvery = 16;
    private static readonly TimeSpan OpenDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Ramp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

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
        return run.Finish(FigureRows.Of(run.Samples, Delivered, TransportKind.PlainSignalR, Target), saturates: true);
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
        var id = Guid.NewGuid().ToString("N")[..8];
        var target = servers.Target(series);
        var reading = new ReaderSettings { Streams = Publishers, LatencyEvery = LatencyEvery };
        var group = new ReaderGroup(series, loops.Readers, target, [$"room:{id}"], settings.Readers, reading);
        var state = new SaturationState($"room:{id}", lead, settings.Readers, () => group.DeliveredTotal);
        var batch = Math.Clamp(lead / Publishers, 1, Batch);
        var publishers = Enumerable.Range(0, Publishers)
            .Select(stream => new SaturatingPublisher(target, state, stream, batch, settings.Payload, id)).ToList();
        publishers.ForEach(_ => state.PerStream.Add(0));
        try
        {
            await group.OpenAsync(OpenDeadline, cancellationToken).ConfigureAwait(false);
            await loops.Publishers.InvokeAsync(() => publishers.ForEach(publisher => loops.Publishers.Open(publisher, target.EndPoint)))
                .ConfigureAwait(false);
            await host.PauseAsync(Ramp, cancellationToken).ConfigureAwait(false);

            await group.StartWindowAsync().ConfigureAwait(false);
            await loops.ResetLoadAsync().ConfigureAwait(false);
            var publishedBefore = state.Accepted;
            var cpu = new CpuWindow(servers.Meter(series));
            await host.PauseAsync(settings.Window, cancellationToken).ConfigureAwait(false);
            var used = cpu.End();
            var window = await group.WindowAsync().ConfigureAwait(false);
            var published = state.Accepted - publishedBefore;
            var load = await loops.Readers.LoadAsync().ConfigureAwait(false);

            state.Stopped = true;
            await DrainAsync(loops, group, publishers, state, cancellationToken).ConfigureAwait(false);
            run.Hold(step, await group.AccountAsync(new PublishedAccount([.. state.PerStream], state.Checksum)).ConfigureAwait(false));
            if (publishers.Find(publisher => publisher.GaveUp is not null) is { } failed)
                run.Fail(step, failed.GaveUp!);
            var values = FigureRun.Values(window);
            values[Delivered] = window.Delivered / window.Elapsed.TotalSeconds;
            values["published messages / s"] = published / window.Elapsed.TotalSeconds;
            values["server CPU, µs / message"] = used.Servers[0].TotalMicroseconds / Math.Max(1, window.Delivered);
            values["readers' loop busy"] = load.Busy;
            run.Add(ofCase, series, round, values, used);
        }
        finally
        {
            await loops.Publishers.InvokeAsync(() => publishers.ForEach(publisher => publisher.Close())).ConfigureAwait(false);
            await group.CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task DrainAsync(
        Loops loops, ReaderGroup group, List<SaturatingPublisher> publishers, SaturationState state, CancellationToken cancellationToken)
    {
        var last = -1L;
        var lastChange = host.TimeProvider.GetTimestamp();
        while (host.TimeProvider.GetElapsedTime(lastChange) < host.Patience)
        {
            await host.PauseAsync(Look, cancellationToken).ConfigureAwait(false);
            // Readers may have what its publisher has no answer for yet, so answers come first.
            var settled = await loops.Publishers.InvokeAsync(() => publishers.TrueForAll(publisher => publisher.Settled)).ConfigureAwait(false);
            var moved = group.DeliveredTotal + state.Accepted;
            if (settled && group.DeliveredTotal >= state.Accepted * group.Count)
                return;
            if (moved != last)
                (last, lastChange) = (moved, host.TimeProvider.GetTimestamp());
        }
    }
}
