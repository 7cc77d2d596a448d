using Realtime.Lab.Meters;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Scenarios;

/// <summary>Server CPU for each delivered message, with many readers of one channel at a steady rate, against the baseline.</summary>
public sealed class FanoutFigure(LabHost host, FigureSettings settings)
{
    private const string Cpu = "server CPU, µs / message";
    private const int WarmUpReaders = 200;
    private const double WarmUpRate = 100;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    // What connecting left to do is done after this.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "fanout");
        using var loops = new Loops();
        await using var servers = await ServerPair.StartAsync(host, settings.Store, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> all = [TransportKind.PlainSignalR, .. settings.Transports];
        foreach (var series in all)
            await WarmUpAsync(loops, servers, series, cancellationToken).ConfigureAwait(false);
        for (var round = 1; round <= settings.Rounds; round++)
        {
            foreach (var rate in settings.Rates)
            {
                foreach (var series in all)
                    await MeasureAsync(run, loops, servers, series, rate, round, cancellationToken).ConfigureAwait(false);
            }
        }
        return run.Finish(FigureRows.Of(run.Samples, Cpu, TransportKind.PlainSignalR, Target), saturates: false);
    }

    // What the project set out to reach at the two rates for which it did.
    private static FigureTarget? Target(string ofCase, string series) => (ofCase, series) switch
    {
        ("20/s", TransportKind.WebSocket or TransportKind.ServerSentEvents) => new FigureTarget(AtLeast: false, 0.70),
        ("100/s", TransportKind.WebSocket or TransportKind.ServerSentEvents) => new FigureTarget(AtLeast: false, 0.85),
        ("20/s" or "100/s", TransportKind.SignalR) => new FigureTarget(AtLeast: false, 1.05),
        _ => null,
    };

    private async Task WarmUpAsync(Loops loops, ServerPair servers, string series, CancellationToken cancellationToken)
    {
        await using var playback = new Playback(PacedWorkload.Create(WarmUpRate, WarmUp, settings.Payload), loops, host);
        playback.Read(servers.Target(series), series, Math.Min(WarmUpReaders, settings.Readers), new ReaderSettings());
        await playback.OpenAsync(cancellationToken).ConfigureAwait(false);
        await playback.RunAsync($"fanout: warming up {series}", cancellationToken).ConfigureAwait(false);
    }

    private async Task MeasureAsync(
        FigureRun run, Loops loops, ServerPair servers, string series, double rate, int round, CancellationToken cancellationToken)
    {
        var ofCase = $"{rate:0.#}/s";
        var step = run.Step(ofCase, series, round);
        await using var playback = new Playback(PacedWorkload.Create(rate, settings.Window, settings.Payload), loops, host);
        playback.Read(servers.Target(series), series, settings.Readers, new ReaderSettings());
        await playback.OpenAsync(cancellationToken).ConfigureAwait(false);
        await host.PauseAsync(Settle, cancellationToken).ConfigureAwait(false);

        var cpu = new CpuWindow(servers.Meter(series));
        await playback.RunAsync(step, cancellationToken).ConfigureAwait(false);
        var used = cpu.End();

        var window = await playback.Groups[0].WindowAsync().ConfigureAwait(false);
        var load = await loops.Readers.LoadAsync().ConfigureAwait(false);
        run.Hold(step, await playback.AccountAsync(playback.Groups[0]).ConfigureAwait(false));
        var values = FigureRun.Values(window);
        values[Cpu] = used.Servers[0].TotalMicroseconds / Math.Max(1, window.Delivered);
        run.Add(ofCase, series, round, values, used, load.Busy);
    }
}
