using Realtime.Lab.Meters;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>
/// The server's memory for each idle connection: growth of its resident memory, as it is after settling and after a forced collection.
/// Each series has a fresh process, since memory that was once used is not all given back.
/// </summary>
public sealed class IdleFigure(LabHost host, FigureSettings settings)
{
    private const string Natural = "KiB / connection", Collected = "KiB / connection after GC";
    private const int WarmUpConnections = 20;

    // The server's own files and sockets, and this program's.
    private const int SpareDescriptors = 300;
    private static readonly TimeSpan OpenDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(4);

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out; for example because the system allows too few connections.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        if (DescriptorLimit.Current() is { } limit && limit < settings.Connections + SpareDescriptors)
        {
            throw new LabException(
                $"{settings.Connections} connections need as many open files and some more, and the system allows a process {limit}: "
                + "raise the limit (ulimit -n) or ask for fewer (--connections).");
        }
        var run = new FigureRun(host, settings, "idle");
        using var loops = new Loops();
        for (var round = 1; round <= settings.Rounds; round++)
        {
            foreach (var series in (IReadOnlyList<string>)[TransportKind.PlainSignalR, .. settings.Transports])
                await MeasureAsync(run, loops, series, round, cancellationToken).ConfigureAwait(false);
        }
        return run.Finish(
            [
                .. FigureRows.Of(run.Samples, Natural, TransportKind.PlainSignalR, (_, _) => null),
                .. FigureRows.Of(run.Samples, Collected, TransportKind.PlainSignalR, Target),
            ],
            saturates: false);
    }

    private static FigureTarget? Target(string ofCase, string series) => series switch
    {
        TransportKind.WebSocket => new FigureTarget(AtLeast: false, 0.65),
        TransportKind.ServerSentEvents or TransportKind.LongPoll => new FigureTarget(AtLeast: false, 0.55),
        TransportKind.SignalR => new FigureTarget(AtLeast: false, 1.05),
        _ => null,
    };

    private async Task MeasureAsync(FigureRun run, Loops loops, string series, int round, CancellationToken cancellationToken)
    {
        var ofCase = $"{settings.Connections} connections";
        var step = run.Step(ofCase, series, round);
        await using var server = series == TransportKind.PlainSignalR
            ? await host.StartPeerAsync(collectable: true, cancellationToken).ConfigureAwait(false)
            : await host.StartServerAsync(settings.Store, collectable: true, cancellationToken).ConfigureAwait(false);
        using var meter = new ProcessMeter(server.Target.ProcessId!.Value);
        await OpenAndCloseAsync(loops, server.Target, series, cancellationToken).ConfigureAwait(false);
        // What starting left behind goes before the first look, or the connections would seem to live in it.
        await server.CollectGarbageAsync(cancellationToken).ConfigureAwait(false);
        await host.PauseAsync(Settle, cancellationToken).ConfigureAwait(false);

        var before = meter.ResidentBytes;
        var cpu = new CpuWindow(meter);
        // The longest wait that the protocol grants: a parked poll is idle, one that has just been answered is not.
        var reading = new ReaderSettings { PollWait = TimeSpan.FromSeconds(55) };
        var group = new ReaderGroup(series, loops.Readers, server.Target, [$"room:idle-{round}"], settings.Connections, reading);
        try
        {
            await group.OpenAsync(OpenDeadline, cancellationToken).ConfigureAwait(false);
            await host.PauseAsync(Settle, cancellationToken).ConfigureAwait(false);
            var natural = meter.ResidentBytes;
            await server.CollectGarbageAsync(cancellationToken).ConfigureAwait(false);
            await host.PauseAsync(Settle, cancellationToken).ConfigureAwait(false);
            var collected = meter.ResidentBytes;
            run.Hold(step, await group.AccountAsync(new PublishedAccount([0], 0)).ConfigureAwait(false));
            var values = new Dictionary<string, double>
            {
                [Natural] = (natural - before) / 1024.0 / settings.Connections,
                [Collected] = (collected - before) / 1024.0 / settings.Connections,
                ["process before, MiB"] = before / 1024.0 / 1024,
            };
            run.Add(ofCase, series, round, values, cpu.End());
        }
        finally
        {
            await group.CloseAsync().ConfigureAwait(false);
        }
    }

    private static async Task OpenAndCloseAsync(Loops loops, ServerTarget server, string series, CancellationToken cancellationToken)
    {
        var group = new ReaderGroup(series, loops.Readers, server, ["room:warm-up"], WarmUpConnections, new ReaderSettings());
        await group.OpenAsync(OpenDeadline, cancellationToken).ConfigureAwait(false);
        await group.CloseAsync().ConfigureAwait(false);
    }
}
