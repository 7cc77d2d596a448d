using System.Diagnostics.Metrics;
using Realtime.Diagnostics;

namespace Realtime.WebPush;

/// <summary>What became of messages that might have needed a push, and of the pushes.</summary>
internal sealed class WebPushMetrics
{
    private readonly Counter<long> _settled;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _sent;

    internal WebPushMetrics(RealtimeMetrics metrics)
    {
        _settled = metrics.Meter.CreateCounter<long>(
            "realtime.push.settled", "{notification}", "Notifications that stopped waiting, by reason: sent, connected, read or without a subscription.");
        _dropped = metrics.Meter.CreateCounter<long>("realtime.push.dropped", "{notification}", "Notifications and pushes dropped because too many waited, by what.");
        _sent = metrics.Meter.CreateCounter<long>("realtime.push.requests", "{request}", "Requests to push services, by result.");
        metrics.Meter.CreateObservableGauge("realtime.push.pending", () => Pending(), "{notification}", "Channels whose users may have to be notified.");
        metrics.Meter.CreateObservableGauge("realtime.push.queued", () => Queued(), "{push}", "Pushes that wait to be sent, for the first time or again.");
    }

    /// <summary>How many notifications wait; set by their owner.</summary>
    internal Func<int> Pending { get; set; } = () => 0;

    /// <summary>How many pushes wait; set by their owner.</summary>
    internal Func<int> Queued { get; set; } = () => 0;

    internal void Settled(string reason) => _settled.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Dropped(string what) => _dropped.Add(1, new KeyValuePair<string, object?>("what", what));

    internal void Sent(string result) => _sent.Add(1, new KeyValuePair<string, object?>("result", result));
}
