using System.Diagnostics.Metrics;

namespace Realtime.Lab.Broker;

/// <summary>The meters of one node of a run, read back. They have a name of their own, so that they don't show among those of the server that runs the lab.</summary>
internal sealed class NodeMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly MeterListener _listener = new();
    private long _received, _messageFrames, _missed, _healed, _refused, _lost, _dropped;

    public NodeMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this) && !instrument.IsObservable)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Count);
        _listener.Start();
    }

    /// <summary>Frames that came in, of all kinds.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Those of them with messages.</summary>
    public long MessageFrames => Interlocked.Read(ref _messageFrames);

    /// <summary>Frames of other nodes that never came.</summary>
    public long Missed => Interlocked.Read(ref _missed);

    /// <summary>Channels whose head in the store was found ahead.</summary>
    public long Healed => Interlocked.Read(ref _healed);

    /// <summary>Frames that the broker refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Frames that the broker did not confirm.</summary>
    public long Lost => Interlocked.Read(ref _lost);

    /// <summary>Frames that were given up because the broker took none.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <inheritdoc/>
    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(new MeterOptions($"{options.Name}.Lab") { Scope = this });
        _meters.Add(meter);
        return meter;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        _meters.ForEach(meter => meter.Dispose());
    }

    private void Count(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var tag = tags.Length > 0 ? tags[0].Value as string : null;
        switch (instrument.Name)
        {
            case "realtime.backbone.frames.received":
                Interlocked.Add(ref _received, value);
                if (tag == "messages")
                    Interlocked.Add(ref _messageFrames, value);
                break;
            case "realtime.backbone.frames.missed":
                Interlocked.Add(ref _missed, value);
                break;
            case "realtime.heads.healed":
                Interlocked.Add(ref _healed, value);
                break;
            case "realtime.backbone.frames.sent" when tag == "refused":
                Interlocked.Add(ref _refused, value);
                break;
            case "realtime.backbone.frames.sent" when tag == "lost":
                Interlocked.Add(ref _lost, value);
                break;
            case "realtime.backbone.frames.sent" when tag == "dropped":
                Interlocked.Add(ref _dropped, value);
                break;
        }
    }
}
