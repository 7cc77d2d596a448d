using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Diagnostics;
using Realtime.Presence;
using Realtime.Transports;

namespace Realtime.Sessions;

/// <summary>Opens the sessions of a node and shares them out among its pumps.</summary>
public sealed partial class SessionRegistry : IDisposable
{
    /// <summary>Ten thousand sessions are told within a second, and between two batches the node goes on serving.</summary>
    private const int DrainBatch = 500;

    private static readonly TimeSpan DrainPause = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<Session, byte> _sessions = new();
    private readonly DeliveryPump[] _pumps;
    private readonly ILogger _logger;
    private int _opened;
    private volatile bool _draining;

    /// <summary>Starts the pumps.</summary>
    public SessionRegistry(
        ChannelLogs logs, LogReader reader, PresenceRegistry presence, DeliveryOptions options, RealtimeMetrics metrics, TimeProvider time, ILogger<SessionRegistry> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        Logs = logs;
        Presence = presence;
        Options = options;
        Metrics = metrics;
        Time = time;
        _logger = logger;
        _pumps = [.. Enumerable.Range(0, options.Pumps).Select(index => new DeliveryPump(index, options, time, reader))];
    }

    internal ChannelLogs Logs { get; }

    internal PresenceRegistry Presence { get; }

    internal DeliveryOptions Options { get; }

    internal RealtimeMetrics Metrics { get; }

    internal TimeProvider Time { get; }

    /// <summary>The sessions that are open.</summary>
    public IEnumerable<Session> All => _sessions.Select(pair => pair.Key);

    /// <summary>Opens a session that reads nothing yet.</summary>
    /// <param name="connection">The client; <see cref="Session.DetachAsync"/> must be called when it is gone.</param>
    /// <param name="user">Who it is.</param>
    /// <param name="expires">When its token ends.</param>
    public Session Open(ITransportConnection connection, string user, DateTimeOffset expires)
    {
        var pump = _pumps[(uint)Interlocked.Increment(ref _opened) % (uint)_pumps.Length];
        return new Session(this, pump, connection, user, expires, Time.GetTimestamp());
    }

    /// <summary>
    /// Sends every client away, in batches, each with a time of its own after which to come back: spread evenly up to <see cref="DeliveryOptions.MaxDrainDelay"/>,
    /// so that the nodes that take them in see a steady stream and no wave.
    /// </summary>
    /// <remarks>Sessions that are opened later are ended in the same way.</remarks>
    /// <returns>Completes when all have been told.</returns>
    public async Task DrainAsync()
    {
        _draining = true;
        var sessions = All.ToArray();
        // Who connected together is on this node together, and would come back together.
        Random.Shared.Shuffle(sessions);
        for (var i = 0; i < sessions.Length; i++)
        {
            sessions[i].Drain(Options.MaxDrainDelay * ((i + Random.Shared.NextDouble()) / sessions.Length));
            if ((i + 1) % DrainBatch == 0)
                await Task.Delay(DrainPause, Time);
        }
    }

    /// <summary>When a client that connects now is to come back; null while clients may stay.</summary>
    internal TimeSpan? DrainDelay => _draining ? RandomDelay() : null;

    /// <summary>Leases the logs of channels and finds where a reader begins in each.</summary>
    internal async ValueTask<IReadOnlyList<ResolvedChannel>> ResolveAsync(
        IReadOnlyCollection<ChannelName> channels, ReadStart start, CancellationToken cancellationToken)
    {
        var logs = await Logs.AcquireAsync(channels, start, cancellationToken);
        var resolved = new ResolvedChannel[logs.Length];
        for (var i = 0; i < logs.Length; i++)
        {
            var log = logs[i];
            var state = log.State;
            var position = start.In(log.Key, state, out _);
            resolved[i] = new ResolvedChannel(log, position, log.SignalHead, Gap.Between(log.Name, position, state));
        }

        return resolved;
    }

    internal void Count(Session session, int change)
    {
        if (change > 0)
            _sessions.TryAdd(session, 0);
        else
            _sessions.TryRemove(session, out _);
        Metrics.Connections(session.Transport, change);
    }

    internal void StoreFailed(Exception exception) => LogStoreFailed(_logger, exception);

    internal void SessionFailed(Exception exception) => LogSessionFailed(_logger, exception);

    private TimeSpan RandomDelay() => Options.MaxDrainDelay * Random.Shared.NextDouble();

    [LoggerMessage(1200, LogLevel.Error, "A session could not read from the message store and was closed.", EventName = "SessionReadFailed")]
    private static partial void LogStoreFailed(ILogger logger, Exception exception);

    [LoggerMessage(1201, LogLevel.Error, "A session failed and its connection was cut.", EventName = "SessionFailed")]
    private static partial void LogSessionFailed(ILogger logger, Exception exception);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var pump in _pumps)
            pump.Dispose();
    }
}
