using Realtime.Lab.Meters;
using Realtime.Lab.Publishing;
using Realtime.Lab.Readers;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>One measurement of publishing as fast as it goes, with a bounded lead over the average reader; readers may be on another node than publishers.</summary>
internal sealed class SaturatedRun(LabHost host, FigureSettings settings, Loops loops)
{
    /// <summary>The name of what is measured.</summary>
    public const string Delivered = "delivered messages / s";

    private const int Publishers = 4, Batch = 64;

    // Recording each of millions of latencies would cost the machine more than the rest of the generator.
    private const int LatencyEvery = 16;
    private static readonly TimeSpan OpenDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Ramp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Measures one window, and holds the run to its deliveries.</summary>
    /// <param name="run">Told of failures.</param>
    /// <param name="step">The measurement's name in them.</param>
    /// <param name="transport">How readers read.</param>
    /// <param name="publishTo">Where publishers publish.</param>
    /// <param name="readFrom">Where readers read.</param>
    /// <param name="readers">How many.</param>
    /// <param name="lead">How many messages publishers may lead the average reader.</param>
    /// <param name="meter">The CPU of the server that is measured.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(Dictionary<string, double> Values, CpuUse Cpu)> MeasureAsync(
        FigureRun run,
        string step,
        string transport,
        ServerTarget publishTo,
        ServerTarget readFrom,
        int readers,
        int lead,
        ProcessMeter meter,
        CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N")[..8];
        var reading = new ReaderSettings { Streams = Publishers, LatencyEvery = readers >= LatencyEvery ? LatencyEvery : 1 };
        var group = new ReaderGroup(transport, loops.Readers, readFrom, [$"room:{id}"], readers, reading);
        var state = new SaturationState($"room:{id}", lead, readers, () => group.DeliveredTotal);
        var batch = Math.Clamp(lead / Publishers, 1, Batch);
        var publishers = Enumerable.Range(0, Publishers)
            .Select(stream => new SaturatingPublisher(publishTo, state, stream, batch, settings.Payload, id)).ToList();
        publishers.ForEach(_ => state.PerStream.Add(0));
        try
        {
            await group.OpenAsync(OpenDeadline, cancellationToken).ConfigureAwait(false);
            await loops.Publishers.InvokeAsync(() => publishers.ForEach(publisher => loops.Publishers.Open(publisher, publishTo.EndPoint)))
                .ConfigureAwait(false);
            await host.PauseAsync(Ramp, cancellationToken).ConfigureAwait(false);

            await group.StartWindowAsync().ConfigureAwait(false);
            await loops.ResetLoadAsync().ConfigureAwait(false);
            var publishedBefore = state.Accepted;
            var cpu = new CpuWindow(meter);
            await host.PauseAsync(settings.Window, cancellationToken).ConfigureAwait(false);
            var used = cpu.End();
            var window = await group.WindowAsync().ConfigureAwait(false);
            var published = state.Accepted - publishedBefore;
            var load = await loops.Readers.LoadAsync().ConfigureAwait(false);

            state.Stopped = true;
            await DrainAsync(group, publishers, state, cancellationToken).ConfigureAwait(false);
            run.Hold(step, await group.AccountAsync(new PublishedAccount([.. state.PerStream], state.Checksum)).ConfigureAwait(false));
            if (publishers.Find(publisher => publisher.GaveUp is not null) is { } failed)
                run.Fail(step, failed.GaveUp!);
            var values = FigureRun.Values(window);
            values[Delivered] = window.Delivered / window.Elapsed.TotalSeconds;
            values["published messages / s"] = published / window.Elapsed.TotalSeconds;
            values["server CPU, µs / message"] = used.Servers[0].TotalMicroseconds / Math.Max(1, window.Delivered);
            values["readers' loop busy"] = load.Busy;
            return (values, used);
        }
        finally
        {
            await loops.Publishers.InvokeAsync(() => publishers.ForEach(publisher => publisher.Close())).ConfigureAwait(false);
            await group.CloseAsync().ConfigureAwait(false);
        }
    }

    private async Task DrainAsync(ReaderGroup group, List<SaturatingPublisher> publishers, SaturationState state, CancellationToken cancellationToken)
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
