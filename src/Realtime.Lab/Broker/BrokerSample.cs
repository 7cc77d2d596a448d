namespace Realtime.Lab.Broker;

/// <summary>How a run is at one moment; rates and latencies over the quarter of a second before it, counts since the beginning.</summary>
public sealed record BrokerSample
{
    /// <summary>Seconds since publishing began.</summary>
    public required double Seconds { get; init; }

    /// <summary>The phase.</summary>
    public required BrokerPhase Phase { get; init; }

    /// <summary>Publishes acknowledged in a second.</summary>
    public double AcceptedPerSecond { get; init; }

    /// <summary>Publishes refused in a second, as clients are by 503.</summary>
    public double RefusedPerSecond { get; init; }

    /// <summary>Milliseconds from the time at which a publish was due to its acknowledgement; null where there was none.</summary>
    public double? PublishP50 { get; init; }

    /// <inheritdoc cref="PublishP50"/>
    public double? PublishP99 { get; init; }

    /// <summary>The node that is never slow.</summary>
    public required NodeSample Fast { get; init; }

    /// <summary>The node that is made slow.</summary>
    public required NodeSample Slow { get; init; }

    /// <summary>Frames that wait at the publishing node.</summary>
    public long SendWaiting { get; init; }

    /// <summary>Frames that the broker has yet to confirm.</summary>
    public long SendUnconfirmed { get; init; }

    /// <summary>Frames that the broker refused.</summary>
    public long FramesRefused { get; init; }

    /// <summary>Frames that the broker did not confirm.</summary>
    public long FramesLost { get; init; }

    /// <summary>Frames that the publishing node gave up because the broker took none.</summary>
    public long FramesDropped { get; init; }

    /// <summary>Whether publishes are refused for the broker's sake.</summary>
    public bool Refusing { get; init; }

    /// <summary>Memory of the process with all three nodes and the store, in bytes.</summary>
    public long MemoryBytes { get; init; }
}

/// <summary>How a reading node is at one moment.</summary>
public sealed record NodeSample
{
    /// <summary>Messages delivered in a second.</summary>
    public double DeliveredPerSecond { get; init; }

    /// <summary>Milliseconds from the time at which a message was due to be published to its delivery; null where there was none.</summary>
    public double? P50 { get; init; }

    /// <inheritdoc cref="P50"/>
    public double? P99 { get; init; }

    /// <summary>Messages acknowledged to publishers and not delivered here yet.</summary>
    public long Lag { get; init; }

    /// <summary>Frames pushed into the process and not taken yet.</summary>
    public long Unacknowledged { get; init; }

    /// <summary>The bytes of those frames.</summary>
    public long UnacknowledgedBytes { get; init; }

    /// <summary>Frames that wait at the broker; null while it can't be told.</summary>
    public long? QueueDepth { get; init; }

    /// <summary>Frames that never came.</summary>
    public long FramesMissed { get; init; }

    /// <summary>Channels found behind the store and pulled.</summary>
    public long HeadsHealed { get; init; }

    /// <summary>Whether messages are pulled at a short interval.</summary>
    public bool Pulling { get; init; }

    /// <summary>Milliseconds by which every frame is slowed down.</summary>
    public double SlowdownMs { get; init; }
}
