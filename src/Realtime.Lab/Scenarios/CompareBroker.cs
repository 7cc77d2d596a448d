using System.Globalization;
using Realtime.Lab.Broker;
using Realtime.Lab.Results;

namespace Realtime.Lab.Scenarios;

/// <summary>Runs broker modes one after the other under the same load, each in a fresh server process.</summary>
/// <param name="host">Where servers come from.</param>
/// <param name="rabbitMq">The broker's address.</param>
/// <param name="modes">The modes, in their order.</param>
/// <param name="settings">The load; its mode is replaced.</param>
public sealed class CompareBroker(LabHost host, string rabbitMq, IReadOnlyList<BrokerMode> modes, BrokerSettings settings)
{
    /// <summary>Runs them.</summary>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="LabException">A mode could not be run.</exception>
    public async Task<BrokerComparison> RunAsync(CancellationToken cancellationToken)
    {
        if (settings.Problem() is { } problem)
            throw new LabException(problem);
        var run = RunInfo.Begin("compare broker", Settings(), host.TimeProvider);
        var results = new List<BrokerResult>();
        foreach (var mode in modes)
        {
            host.Progress?.Report($"{mode.Name}: starting");
            await using var server = await host.StartServerWithBrokerAsync(rabbitMq, cancellationToken);
            results.Add(await BrokerClient.RunAsync(
                server.Target, settings with { Mode = mode.Name }, sample => host.Progress?.Report(Describe(mode, sample)), cancellationToken));
        }

        return new BrokerComparison(run, results);
    }

    private static string Describe(BrokerMode mode, BrokerSample sample) => string.Create(
        CultureInfo.InvariantCulture,
        $"{mode.Name}: {sample.Seconds:0} s, {sample.Phase.ToString().ToLowerInvariant()}; {sample.AcceptedPerSecond:0} publishes/s, slow node {sample.Slow.Lag:N0} behind, "
            + $"{sample.Slow.Unacknowledged:N0} frames held, {sample.Slow.QueueDepth:N0} at the broker");

    private Dictionary<string, string> Settings()
    {
        string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
        return new Dictionary<string, string>
        {
            ["modes"] = string.Join(", ", modes.Select(mode => mode.Name)),
            ["messages in a second"] = Text(settings.Rate),
            ["bytes of data in each"] = Text(settings.PayloadBytes),
            ["channels, each of another shard"] = Text(settings.Channels),
            ["seed"] = Text(settings.Seed),
            ["seconds normal, slow, and normal again at least"] = $"{Text(settings.NormalSeconds)}, {Text(settings.SlowSeconds)}, {Text(settings.RecoverySeconds)}",
            ["most frames in a node's queue"] = Text(settings.QueueLimit),
        };
    }
}
