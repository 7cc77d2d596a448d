using Realtime.Lab.Meters;
using Realtime.Lab.Publishing;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>Measures publishers over keep-alive HTTP, each with one single message under way.</summary>
internal sealed class ClosedLoopRun(LabHost host, FigureSettings settings, Loops loops)
{
    /// <summary>The name of what is measured.</summary>
    public const string Acknowledged = "acknowledged publishes / s";

    private static readonly TimeSpan Ramp = TimeSpan.FromSeconds(2);

    /// <summary>Publishes for a moment without measuring: the first to do so would pay for compiling.</summary>
    public Task WarmUpAsync(ServerTarget server, CancellationToken cancellationToken) => RunAsync(server, TimeSpan.Zero, cancellationToken);

    /// <summary>Measures one window.</summary>
    public Task<(Dictionary<string, double> Values, CpuUse Cpu, string? GaveUp)> MeasureAsync(ServerTarget server, CancellationToken cancellationToken) =>
        RunAsync(server, settings.Window, cancellationToken);

    private async Task<(Dictionary<string, double> Values, CpuUse Cpu, string? GaveUp)> RunAsync(
        ServerTarget server, TimeSpan window, CancellationToken cancellationToken)
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
            await host.PauseAsync(Ramp, cancellationToken).ConfigureAwait(false);
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
