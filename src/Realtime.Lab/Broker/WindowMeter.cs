using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Results;

namespace Realtime.Lab.Broker;

/// <summary>Latencies of the present sample and of each phase. Safe for concurrent use.</summary>
internal sealed class WindowMeter
{
    private readonly Lock _gate = new();
    private readonly LatencyMeter _window = new();
    private readonly Dictionary<BrokerPhase, LatencyMeter> _phases = [];
    private BrokerPhase _phase = BrokerPhase.WarmUp;

    /// <summary>Whose latencies come from now on.</summary>
    public void Begin(BrokerPhase phase)
    {
        lock (_gate)
            _phase = phase;
    }

    /// <summary>Enters what took from <paramref name="due"/> until now.</summary>
    public void Record(long due)
    {
        var micros = LabClock.Now - due;
        lock (_gate)
        {
            if (_phase == BrokerPhase.WarmUp)
                return;
            _window.Record(micros);
            if (!_phases.TryGetValue(_phase, out var meter))
                _phases.Add(_phase, meter = new LatencyMeter());
            meter.Record(micros);
        }
    }

    /// <summary>The latencies since the last call; null where there were none.</summary>
    public LatencySummary? TakeWindow()
    {
        lock (_gate)
        {
            var summary = _window.Summarize();
            _window.Reset();
            return summary;
        }
    }

    /// <summary>The latencies of a phase; null where there were none.</summary>
    public LatencySummary? Of(BrokerPhase phase)
    {
        lock (_gate)
            return _phases.GetValueOrDefault(phase)?.Summarize();
    }
}
