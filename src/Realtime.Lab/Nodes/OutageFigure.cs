using System.Diagnostics;
using Realtime.Lab.Meters;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Nodes;

/// <summary>The broker goes away for a while under load, and comes back: how long until readers on the other node have everything.</summary>
public sealed class OutageFigure(LabHost host, FigureSettings settings, NodesSettings nodes)
{
    private const string CaughtUp = "seconds until all is read", Target = "bound";
    private const int Readers = 20;

    /// <summary>After the broker is back everything must be read within this.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(5), Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        var control = nodes.ControlBroker ?? throw new LabException("The outage needs --broker-control, which stops and starts the broker.");
        var run = new FigureRun(host, settings, "nodes outage");
        using var loops = new Loops();
        await using var pair = await NodePair.StartAsync(host, nodes, cancellationToken).ConfigureAwait(false);
        var ofCase = $"{nodes.Outage.TotalSeconds:0.#} s at {nodes.OutageRate:0.#}/s";
        var step = run.Step(ofCase, "readers", 1);
        // It ends with the outage: what is to be caught up with then stands still.
        await using var playback = new Playback(PacedWorkload.Create(nodes.OutageRate, Before + nodes.Outage, settings.Payload), loops, host);
        playback.Read(pair.Second, TransportKind.WebSocket, Readers, new ReaderSettings(), publishedOn: pair.First);
        await playback.OpenAsync(cancellationToken).ConfigureAwait(false);
        var cpu = new CpuWindow(pair.FirstMeter);
        var playing = playback.RunAsync(step, cancellationToken);
        await host.PauseAsync(Before, cancellationToken).ConfigureAwait(false);
        await control(BrokerAction.Stop, cancellationToken).ConfigureAwait(false);
        var away = Stopwatch.StartNew();
        var group = playback.Groups[0];
        var worst = 0L;
        while (away.Elapsed < nodes.Outage)
        {
            await host.PauseAsync(Look, cancellationToken).ConfigureAwait(false);
            worst = Math.Max(worst, playback.Publisher(pair.First).AcceptedTotal - group.DeliveredTotal / Readers);
        }

        await control(BrokerAction.Start, cancellationToken).ConfigureAwait(false);
        var back = Stopwatch.StartNew();
        var awayFor = away.Elapsed - back.Elapsed;
        while (group.DeliveredTotal < playback.Publisher(pair.First).AcceptedTotal * Readers && back.Elapsed < host.Patience)
            await host.PauseAsync(Look, cancellationToken).ConfigureAwait(false);
        var caughtUp = back.Elapsed;
        await playing.ConfigureAwait(false);
        run.Hold(step, await playback.AccountAsync(group).ConfigureAwait(false));
        var values = FigureRun.Values(await group.WindowAsync().ConfigureAwait(false));
        values[CaughtUp] = caughtUp.TotalSeconds;
        values["broker away, s"] = awayFor.TotalSeconds;
        values["most messages behind meanwhile"] = worst;
        run.Add(ofCase, "readers", 1, values, cpu.End());
        run.Add(ofCase, Target, 1, new Dictionary<string, double> { [CaughtUp] = Bound.TotalSeconds }, new CpuWindow().End());
        return run.Finish(
            FigureRows.Of(run.Samples, CaughtUp, Target, (_, series) => series == "readers" ? new FigureTarget(AtLeast: false, 1) : null),
            saturates: false);
    }
}
