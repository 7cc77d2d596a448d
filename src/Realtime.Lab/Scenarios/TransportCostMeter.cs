using Realtime.Lab.Meters;
using Realtime.Lab.Results;
using Realtime.Lab.Servers;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Scenarios;

/// <summary>
/// Measures what one transport costs the server. A started server is a fresh process for each transport, because memory that one has used
/// is not given back and would make the next look cheap.
/// </summary>
internal sealed class TransportCostMeter(LabHost host, CompareSettings settings, Loops loops, Workload warmUp)
{
    // CPU is counted in steps of 10 ms, so there must be many messages; above this rate two cores have no room left beside the readers.
    private const double MostDeliveredPerSecond = 30_000;
    private const int MostReaders = 500;
    private const int WarmUpReaders = 20;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    public async Task<TransportCost> MeasureAsync(string transport, CancellationToken cancellationToken)
    {
        host.Progress?.Report($"{transport} alone: starting");
        var isPeer = transport == TransportKind.PlainSignalR;
        await using var started = await StartAsync(isPeer, cancellationToken).ConfigureAwait(false);
        var server = started?.Target ?? settings.Server!;
        using var meter = new ProcessMeter(server.ProcessId!.Value);

        await PlayAsync(warmUp, server, transport, WarmUpReaders, "warming up", cancellationToken).ConfigureAwait(false);
        double? memory = started is not null && settings.IdleConnections > 0
            ? await MemoryAsync(server, transport, meter, cancellationToken).ConfigureAwait(false)
            : null;

        var slice = settings.Workload.Take(settings.Slice);
        var readers = (int)Math.Clamp(MostDeliveredPerSecond / Math.Max(1, slice.Rate), Math.Min(settings.Readers, MostReaders), MostReaders);
        var (unread, _, _) = await PlayMeasuredAsync(slice, server, transport, 0, meter, cancellationToken).ConfigureAwait(false);
        var (read, delivered, other) = await PlayMeasuredAsync(slice, server, transport, readers, meter, cancellationToken).ConfigureAwait(false);
        return new TransportCost(
            readers,
            delivered,
            // Where reading costs less than publishing varies by, the difference says nothing.
            read > unread && delivered > 0 ? (read - unread).TotalMicroseconds / delivered : null,
            unread.TotalMicroseconds / Math.Max(1, slice.Messages.Count),
            settings.IdleConnections,
            memory,
            other);
    }

    private async Task<ServerProcess?> StartAsync(bool isPeer, CancellationToken cancellationToken) =>
        isPeer ? await host.StartPeerAsync(collectable: false, cancellationToken).ConfigureAwait(false)
        : settings.Server is null ? await host.StartServerAsync(settings.Store, collectable: false, cancellationToken).ConfigureAwait(false)
        : null;

    private async Task<double> MemoryAsync(ServerTarget server, string transport, ProcessMeter meter, CancellationToken cancellationToken)
    {
        await host.PauseAsync(Settle, cancellationToken).ConfigureAwait(false);
        var before = meter.ResidentBytes;
        await using var idle = new Playback(warmUp, loops, host);
        idle.Read(server, transport, settings.IdleConnections, settings.Reading);
        await idle.OpenAsync(cancellationToken).ConfigureAwait(false);
        host.Progress?.Report($"{transport} alone: {settings.IdleConnections} idle connections");
        await host.PauseAsync(Settle, cancellationToken).ConfigureAwait(false);
        return (meter.ResidentBytes - before) / 1024.0 / settings.IdleConnections;
    }

    private async Task<(TimeSpan Cpu, long Delivered, double? Other)> PlayMeasuredAsync(
        Workload slice, ServerTarget server, string transport, int readers, ProcessMeter meter, CancellationToken cancellationToken)
    {
        await using var playback = new Playback(slice, loops, host);
        playback.Publish(server);
        if (readers > 0)
            playback.Read(server, transport, readers, settings.Reading);
        await playback.OpenAsync(cancellationToken).ConfigureAwait(false);
        var window = new CpuWindow(meter);
        await playback.RunAsync(readers > 0 ? $"{transport} alone" : $"{transport} alone: nobody reads", cancellationToken).ConfigureAwait(false);
        var used = window.End();
        return (used.Servers[0], playback.Groups.Sum(group => group.DeliveredTotal), used.Other);
    }

    private async Task PlayAsync(
        Workload workload, ServerTarget server, string transport, int readers, string step, CancellationToken cancellationToken)
    {
        await using var playback = new Playback(workload, loops, host);
        playback.Read(server, transport, readers, settings.Reading);
        await playback.OpenAsync(cancellationToken).ConfigureAwait(false);
        await playback.RunAsync($"{transport} alone: {step}", cancellationToken).ConfigureAwait(false);
    }
}
