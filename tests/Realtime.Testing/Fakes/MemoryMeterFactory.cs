using System.Diagnostics.Metrics;

namespace Realtime.Testing.Fakes;

/// <summary>Makes meters that nobody listens to.</summary>
public sealed class MemoryMeterFactory : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose() => _meters.ForEach(meter => meter.Dispose());
}
