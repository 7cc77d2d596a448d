using Realtime.Lab.Meters;
using Realtime.Lab.Publishing;
using Realtime.Lab.Results;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>Messages acknowledged in a second to keep-alive HTTP publishers of single messages: the durable store against memory.</summary>
public sealed class PublishFigure(LabHost host, FigureSettings settings)
{
    private const string Acknowledged = "acknowledged publishes / s", Durable = "sqlite", Memory = "memory";
    private static readonly TimeSpan Ramp = TimeSpan.FromSeconds(2);

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "publish");
        using var loops = new Loops();
        await using var memory = await host.StartServerAsync(Memory, collectable: false, cancellationToken).ConfigureAwait(false);
        await using var durable = await host.StartServerAsync(Durable, collectable: false, cancellationToken).ConfigureAwait(false);
        // Not measured: the first round would pay for compiling.
        foreach (var server in (IReadOnlyList<ServerProcess>)[memory, durable])
            await RunAsync(loops, server.Target, Ramp, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        for (var round = 1; round <= settings.Rounds; round++)
        {
            await MeasureAsync(run, loops, memory.Target, Memory, round, cancellationToken).ConfigureAwait(false);
            await MeasureAsync(run, loops, durable.Target, Durable, round, cancellationToken).ConfigureAwait(false);
        }
        return run.Finish(
            FigureRows.Of(run.Samples, Acknowledged, Memory, (_, series) => series == Durable ? new FigureTarget(AtLeast: true, 0.7) : null),
            saturates: true);
    }

    private async Task MeasureAsync(
        FigureRun run, Loops loops, ServerTarget server, string series, int round, CancellationToken cancellationToken)
    {
        var ofCase = $"{settings.Publishers} publishers";
        var step = run.Step(ofCase, series, round);
        var (values, cpu, gaveUp) = await RunAsync(loops, server, Ramp, settings.Window, cancellationToken).ConfigureAwait(false);
        if (gaveUp is not null)
            run.Fail(step, gaveUp);
        run.Add(ofCase, series, round, values, cpu);
    }

    private async Task<(Dictionary<string, double> Values, CpuUse Cpu, string? GaveUp)> RunAsync(
        Loops loops, ServerTarget server, TimeSpan ramp, TimeSpan window, CancellationToken cancellationToken)
    {
        using var meter = new ProcessMeter(server.ProcessId!.Value);
        var loop = loops.Publishers;
        var state = new ClosedLoopState();
        var channel = $"room:{Guid.NewGuid():N}";
        var publishers = Enumerable.Range(0, settings.Publishers)
            .Select(_ => new ClosedLoopPublisher(server, state, channel, settings.Payload)).ToList();
        try
        {
            await loop.InvokeAsync(() => publishers.ForEach(publisher => loop.Open(publisher, server.EndPoint))).ConfigureAwait(false);
            await host.PauseAsync(ramp, cancellationToken).ConfigureAwait(false);
            await loop.InvokeAsync(state.Reset).ConfigureAwait(false);
            await loop.ResetLoadAsync().ConfigureAwait(false);
            var cpu = new CpuWindow(meter);
            var start = host.TimeProvider.GetTimestamp();
            await host.PauseAsync(window, cancellationToken).ConfigureAwait(false);
            var values = await loop.InvokeAsync(() =>
            {
                var latency = state.Acknowledgement.Summarize();
                return new Dictionary<string, double>
                {
                    [Acknowledged] = state.Accepted / Math.Max(1e-3, host.TimeProvider.GetElapsedTime(start).TotalSeconds),
                    ["acknowledgement p50, ms"] = latency?.P50 ?? double.NaN,
                    ["acknowledgement p99, ms"] = latency?.P99 ?? double.NaN,
                    ["held back"] = state.HeldBack,
                };
            }).ConfigureAwait(false);
            var used = cpu.End();
            values["server CPU, cores"] = window > TimeSpan.Zero ? used.Servers[0] / window : 0;
            values["publishers' loop busy"] = (await loop.LoadAsync().ConfigureAwait(false)).Busy;
            return (values, used, publishers.Find(publisher => publisher.GaveUp is not null)?.GaveUp);
        }
        finally
        {
            await loop.InvokeAsync(() =>
            {
                state.Stopped = true;
                publishers.ForEach(publisher => publisher.Close());
            }).ConfigureAwait(false);
        }
    }
}
