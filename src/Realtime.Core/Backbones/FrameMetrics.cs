using System.Diagnostics.Metrics;
using Realtime.Diagnostics;

namespace Realtime.Backbones;

/// <summary>The instruments of the hops between nodes.</summary>
internal sealed class FrameMetrics
{
    private readonly Counter<long> _sent;
    private readonly Counter<long> _received;
    private readonly Counter<long> _healed;
    private readonly Counter<long> _missed;
    private readonly Histogram<double> _delay;

    internal FrameMetrics(RealtimeMetrics metrics, FrameSender sender, IBackbone backbone)
    {
        var meter = metrics.Meter;
        _sent = meter.CreateCounter<long>("realtime.backbone.frames.sent", "{frame}", "Frames handed to the broker, by result: sent, refused, lost, dropped.");
        _received = meter.CreateCounter<long>("realtime.backbone.frames.received", "{frame}", "Frames that came in, by kind; foreign ones are ignored.");
        _missed = meter.CreateCounter<long>("realtime.backbone.frames.missed", "{frame}", "Frames of other nodes that never came, by the jumps in their numbers.");
        _healed = meter.CreateCounter<long>("realtime.heads.healed", "{channel}", "Channels whose head in the store was ahead of what this node had heard of.");
        _delay = meter.CreateHistogram<double>("realtime.backbone.delay", "s", "Age of the newest message of a frame when it came in, by the nodes' clocks.");
        meter.CreateObservableGauge("realtime.backbone.send.waiting", () => sender.Waiting, "{frame}", "Frames that wait to be sent to the broker.");
        meter.CreateObservableGauge("realtime.backbone.send.unconfirmed", () => sender.Unconfirmed, "{frame}", "Frames that the broker has yet to confirm.");
        meter.CreateObservableGauge("realtime.backbone.connected", () => backbone.Health.IsConnected ? 1 : 0, "1", "1 while frames come and go.");
        meter.CreateObservableGauge("realtime.backbone.blocked", () => backbone.Health.IsBlocked ? 1 : 0, "1", "1 while the broker takes no publishes.");
        meter.CreateObservableGauge("realtime.backbone.unacknowledged", () => backbone.Health.Unacknowledged, "{frame}", "Frames pushed to this node and not taken yet.");
        meter.CreateObservableGauge("realtime.backbone.unacknowledged.size", () => backbone.Health.UnacknowledgedBytes, "By", "The bytes of those frames.");
        meter.CreateObservableGauge(
            "realtime.backbone.queue.depth", () => Depth(backbone), "{frame}", "Frames that wait in this node's queue at the broker.");
    }

    internal void Sent(string result) => _sent.Add(1, new KeyValuePair<string, object?>("result", result));

    internal void Received(string kind) => _received.Add(1, new KeyValuePair<string, object?>("kind", kind));

    internal void Missed(long frames) => _missed.Add(frames);

    internal void Healed(int channels) => _healed.Add(channels);

    internal void Delayed(TimeSpan age) => _delay.Record(Math.Max(0, age.TotalSeconds));

    private static IEnumerable<Measurement<long>> Depth(IBackbone backbone) =>
        backbone.Health.QueueDepth is { } depth ? [new Measurement<long>(depth)] : [];
}
