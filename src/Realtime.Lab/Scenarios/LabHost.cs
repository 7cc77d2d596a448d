using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>Where a scenario gets its servers from, and whom it tells how far it is.</summary>
public sealed record LabHost
{
    /// <summary>The path of <c>Realtime.Server.dll</c>.</summary>
    public required string ServerDll { get; init; }

    /// <summary>The path of the program that holds the baseline, and the hook that collects garbage.</summary>
    public required string BenchDll { get; init; }

    /// <summary>What makes that program run the baseline.</summary>
    public required IReadOnlyList<string> PeerArguments { get; init; }

    /// <summary>The clock of deadlines and pauses; latencies have their own.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets one line at a time, meant to replace the one before.</summary>
    public IProgress<string>? Progress { get; init; }

    /// <summary>
    /// How long to wait without any delivery until what has not come counts as missing; 15 s unless told otherwise, and in any case longer
    /// than the poll interval.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Starts the Realtime server with an empty store of its own.</summary>
    /// <param name="store"><c>sqlite</c> or <c>memory</c>.</param>
    /// <param name="collectable">Whether <see cref="ServerProcess.CollectGarbageAsync"/> will be called.</param>
    /// <param name="cancellationToken">Cancels the wait and ends the server.</param>
    public Task<ServerProcess> StartServerAsync(string store, bool collectable, CancellationToken cancellationToken) =>
        ServerProcess.StartServerAsync(ServerDll, store, collectable ? BenchDll : null, null, TimeProvider, cancellationToken);

    /// <summary>Starts the Realtime server with an empty store of its own and further settings.</summary>
    /// <param name="store"><c>sqlite</c> or <c>memory</c>.</param>
    /// <param name="settings">The settings, as environment variables.</param>
    /// <param name="cancellationToken">Cancels the wait and ends the server.</param>
    public Task<ServerProcess> StartServerAsync(string store, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken) =>
        ServerProcess.StartServerAsync(ServerDll, store, null, settings, TimeProvider, cancellationToken);

    /// <summary>Starts a Realtime server that knows a broker for the experiment between nodes.</summary>
    /// <param name="rabbitMq">The broker's address.</param>
    /// <param name="cancellationToken">Cancels the wait and ends the server.</param>
    public Task<ServerProcess> StartServerWithBrokerAsync(string rabbitMq, CancellationToken cancellationToken) => ServerProcess.StartServerAsync(
        ServerDll, "memory", null, new Dictionary<string, string> { ["Realtime__Lab__RabbitMq"] = rabbitMq }, TimeProvider, cancellationToken);

    /// <summary>Starts one of several nodes, which share a PostgreSQL.</summary>
    /// <param name="settings">Its settings, as environment variables.</param>
    /// <param name="cancellationToken">Cancels the wait and ends the server.</param>
    public Task<ServerProcess> StartNodeAsync(IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken) =>
        ServerProcess.StartServerAsync(ServerDll, "postgres", null, settings, TimeProvider, cancellationToken);

    /// <summary>Starts the baseline.</summary>
    /// <param name="collectable">Whether <see cref="ServerProcess.CollectGarbageAsync"/> will be called.</param>
    /// <param name="cancellationToken">Cancels the wait and ends the server.</param>
    public Task<ServerProcess> StartPeerAsync(bool collectable, CancellationToken cancellationToken) =>
        ServerProcess.StartPeerAsync(BenchDll, PeerArguments, collectable ? BenchDll : null, TimeProvider, cancellationToken);

    internal Task PauseAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, TimeProvider, cancellationToken);
}
