namespace Realtime.Backbones;

/// <summary>How a node is: every hop on the way of a message, where it can wait.</summary>
public sealed record NodeStatus
{
    /// <summary>The node's name.</summary>
    public required string Name { get; init; }

    /// <summary>When it started, UTC.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>The hop from the session to the network: push connections, and those of them whose last write is not taken yet.</summary>
    public long Sessions { get; init; }

    /// <inheritdoc cref="Sessions"/>
    public long SocketsWaiting { get; init; }

    /// <summary>Messages that sessions are behind, over all, and the most that one is.</summary>
    public long LagTotal { get; init; }

    /// <inheritdoc cref="LagTotal"/>
    public long LagMax { get; init; }

    /// <summary>Messages that wait to be committed.</summary>
    public long PublishersWaiting { get; init; }

    /// <summary>Frames that wait to be sent to the broker.</summary>
    public long SendWaiting { get; init; }

    /// <summary>Frames that the broker has yet to confirm.</summary>
    public long SendUnconfirmed { get; init; }

    /// <summary>Whether publishes are refused because the broker refused a frame.</summary>
    public bool Refusing { get; init; }

    /// <inheritdoc cref="BackboneHealth.IsConnected"/>
    public bool Connected { get; init; }

    /// <inheritdoc cref="BackboneHealth.IsBlocked"/>
    public bool Blocked { get; init; }

    /// <inheritdoc cref="BackboneHealth.Unacknowledged"/>
    public long Unacknowledged { get; init; }

    /// <inheritdoc cref="BackboneHealth.UnacknowledgedBytes"/>
    public long UnacknowledgedBytes { get; init; }

    /// <inheritdoc cref="BackboneHealth.QueueDepth"/>
    public long? QueueDepth { get; init; }

    /// <summary>Whether messages of other nodes are pulled from the store just now.</summary>
    public bool Pulling { get; init; }

    /// <summary>How much slower than it could be the node takes frames, in milliseconds each; 0 outside tests and the lab.</summary>
    public double SlowdownMs { get; init; }

    /// <summary>Memory that the process holds, bytes.</summary>
    public long MemoryBytes { get; init; }
}
