using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Realtime.Channels;
using Realtime.Delivery;

namespace Realtime.Diagnostics;

/// <summary>The meter <c>Realtime</c>. Tags come from small fixed sets; channel and user names are never among them.</summary>
public sealed class RealtimeMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Realtime";

    private readonly ConcurrentDictionary<string, StrongBox> _open = new();
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _gaps;
    private readonly Counter<long> _published;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _polls;
    private readonly Histogram<double> _commit;
    private readonly Histogram<long> _batch;

    /// <summary>Creates the instruments.</summary>
    public RealtimeMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        Meter = meters.Create(MeterName);
        _connections = Meter.CreateUpDownCounter<long>("realtime.connections", "{connection}", "Open push connections, by transport.");
        _closed = Meter.CreateCounter<long>("realtime.connections.closed", "{connection}", "Connections that the server ended, by transport and reason.");
        _gaps = Meter.CreateCounter<long>("realtime.gaps", "{gap}", "Gaps told to readers, by reason.");
        _published = Meter.CreateCounter<long>("realtime.messages.published", "{message}", "Publishes answered, by result.");
        _refused = Meter.CreateCounter<long>("realtime.publishes.refused", "{message}", "Publishes refused because the intake was full.");
        _polls = Meter.CreateCounter<long>("realtime.polls", "{request}", "Polls answered, by transport and by whether they brought anything.");
        _commit = Meter.CreateHistogram<double>("realtime.commit.duration", "s", "Time that the store took to make a batch durable.");
        _batch = Meter.CreateHistogram<long>("realtime.commit.size", "{message}", "Messages in a batch.");
    }

    /// <summary>The meter, for the observable gauges of other parts.</summary>
    public Meter Meter { get; }

    /// <summary>Open push connections by transport, for <c>/api/stats</c>.</summary>
    public IReadOnlyDictionary<string, long> OpenConnections => _open.ToDictionary(pair => pair.Key, pair => Volatile.Read(ref pair.Value.Value));

    /// <summary>Counts a poll that was answered.</summary>
    public void Polled(string transport, bool empty) =>
        _polls.Add(1, new KeyValuePair<string, object?>("transport", transport), new KeyValuePair<string, object?>("empty", empty));

    internal void Connections(string transport, int change)
    {
        Interlocked.Add(ref _open.GetOrAdd(transport, static _ => new StrongBox()).Value, change);
        _connections.Add(change, new KeyValuePair<string, object?>("transport", transport));
    }

    internal void Closed(string transport, CloseReason reason) =>
        _closed.Add(1, new KeyValuePair<string, object?>("transport", transport), new KeyValuePair<string, object?>("reason", reason.Name));

    internal void GapTold(GapReason reason) => _gaps.Add(1, new KeyValuePair<string, object?>("reason", reason == GapReason.Epoch ? "epoch" : "trimmed"));

    internal void Published(string result, int count) => _published.Add(count, new KeyValuePair<string, object?>("result", result));

    internal void Refused() => _refused.Add(1);

    internal void Committed(TimeSpan duration, int messages)
    {
        _commit.Record(duration.TotalSeconds);
        _batch.Record(messages);
    }

    private sealed class StrongBox
    {
        internal long Value;
    }
}
