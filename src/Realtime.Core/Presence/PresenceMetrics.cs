using System.Diagnostics.Metrics;
using Realtime.Diagnostics;

namespace Realtime.Presence;

/// <summary>The instruments of presence.</summary>
internal sealed class PresenceMetrics
{
    private readonly Counter<long> _announced;
    private readonly Counter<long> _refused;

    internal PresenceMetrics(RealtimeMetrics metrics, PresenceRegistry registry)
    {
        var meter = metrics.Meter;
        meter.CreateObservableGauge("realtime.presence.entries", () => registry.Entries, "{user}", "Users that this node keeps, summed over channels.");
        meter.CreateObservableGauge("realtime.presence.channels", () => registry.Channels, "{channel}", "Channels whose users this node keeps.");
        _announced = meter.CreateCounter<long>("realtime.presence.announcements", "{announcement}", "Joins and leaves, by result: sent, suppressed (a count took their place), and counts sent.");
        _refused = meter.CreateCounter<long>("realtime.presence.refused", "{user}", "Users who were not kept because there was no room.");
    }

    internal void Announced(string result, int count) => _announced.Add(count, new KeyValuePair<string, object?>("result", result));

    internal void Refused() => _refused.Add(1);
}
