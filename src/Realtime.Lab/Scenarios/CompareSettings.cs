using System.Globalization;
using Realtime.Lab.Readers;
using Realtime.Lab.Servers;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Scenarios;

/// <summary>What <see cref="CompareTransports"/> does.</summary>
public sealed record CompareSettings
{
    /// <summary>What to play.</summary>
    public required Workload Workload { get; init; }

    /// <summary>Readers of each transport.</summary>
    public int Readers { get; init; } = 10;

    /// <summary>The transports of the server; empty to read the baseline alone.</summary>
    public IReadOnlyList<string> Transports { get; init; } = TransportKind.All;

    /// <summary>Whether the plain SignalR baseline takes part.</summary>
    public bool Peer { get; init; }

    /// <summary>A running server to use; null starts one.</summary>
    public ServerTarget? Server { get; init; }

    /// <summary>The store of a server that is started.</summary>
    public string Store { get; init; } = "sqlite";

    /// <summary>How readers read.</summary>
    public ReaderSettings Reading { get; init; } = new();

    /// <summary>Whether CPU and memory are measured too, with each transport alone.</summary>
    public bool Cost { get; init; } = true;

    /// <summary>Idle connections for the memory of one.</summary>
    public int IdleConnections { get; init; } = 500;

    /// <summary>How much of the workload each transport plays alone.</summary>
    public TimeSpan Slice { get; init; } = TimeSpan.FromSeconds(4);

    internal IReadOnlyDictionary<string, string> Describe() => new Dictionary<string, string>
    {
        ["workload"] = Workload.Description,
        ["readers per transport"] = Number(Readers),
        ["transports"] = string.Join(", ", Peer ? [.. Transports, TransportKind.PlainSignalR] : Transports),
        ["server"] = Server is null ? $"started by this run, store {Store}" : Server.Url.ToString(),
        ["poll interval"] = $"{Number(Reading.PollInterval.TotalSeconds)} s",
        ["long poll wait"] = $"{Number(Reading.PollWait.TotalSeconds)} s",
        ["poll limit"] = Number(Reading.PollLimit),
        ["cost"] = Cost
            ? $"each transport alone: {Number(IdleConnections)} idle connections, then {Number(Slice.TotalSeconds)} s of the workload"
            : "not measured",
    };

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
