namespace Realtime.Backbones;

/// <summary>
/// Carries frames from each node to the others. It is a hint and never the truth: a frame may come late, twice, out of order or not at all, and
/// readers lose nothing, because the node compares its heads with the store's and pulls what it lacks.
/// </summary>
/// <remarks>Safe for concurrent use. Disposing stops receiving, gives up what is not sent yet, and closes the connection.</remarks>
public interface IBackbone : IAsyncDisposable
{
    /// <summary>One of <c>inprocess</c>, <c>rabbitmq</c>, <c>rabbitmq-stream</c>, <c>redis</c>.</summary>
    string Kind { get; }

    /// <summary>Whether there can be other nodes at all; where not, nothing is encoded and nothing is sent.</summary>
    bool ConnectsNodes { get; }

    /// <summary>What it knows of its connection and its queues, without asking anybody.</summary>
    BackboneHealth Health { get; }

    /// <summary>
    /// Begins to connect, and returns without waiting for it: a broker that is away, refuses the credentials or has a queue of another shape is
    /// logged, shown in <see cref="Health"/>, and tried again for as long as it takes.
    /// </summary>
    /// <param name="receiver">Gets what comes in.</param>
    /// <param name="interest">The shards that this node wants; looked at again whenever it changes, in the background.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="RealtimeException">A setting can never work, such as a connection string that can't be read.</exception>
    ValueTask StartAsync(IBackboneReceiver receiver, ShardInterest interest, CancellationToken cancellationToken);

    /// <summary>Hands a frame to the broker. Calls for one shard that follow one another are sent in that order; several may be under way.</summary>
    /// <param name="shard">Where it goes: the nodes that want this shard get it. The sender may get it as well.</param>
    /// <param name="frame">Stays as it is until the call completes.</param>
    /// <param name="cancellationToken">Gives the frame up, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>What became of it; no failure of the broker is thrown, and before the start and after disposing it is <see cref="BackboneSend.Lost"/>.</returns>
    ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken);
}

/// <summary>What became of a frame.</summary>
public enum BackboneSend
{
    /// <summary>The broker has it.</summary>
    Sent,

    /// <summary>A node's queue is full, and the broker refuses it (overflow <c>reject-publish</c>).</summary>
    Refused,

    /// <summary>There is no connection, or the broker did not confirm it. It may have arrived all the same.</summary>
    Lost,
}

/// <summary>The node's side of a backbone.</summary>
public interface IBackboneReceiver
{
    /// <summary>
    /// Takes a frame into the node. Called for one frame at a time, in the order of arrival. The backbone acknowledges it to the broker when the call
    /// completes and not before, so a node that can't keep up holds the broker back.
    /// </summary>
    /// <param name="frame">Valid until the call completes. What is no frame of this product is logged and ignored; nothing is thrown.</param>
    /// <param name="cancellationToken">Cancelled when the backbone is disposed.</param>
    ValueTask ReceiveAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken);

    /// <summary>
    /// Tells that frames may have been missed until now: after every (re)connection, after binding a shard, and when the broker dropped some. The
    /// node then compares its heads with the store's, once for many calls. Returns at once.
    /// </summary>
    void MayHaveMissed();
}

/// <summary>What a backbone knows of itself.</summary>
/// <param name="IsConnected">Whether frames come and go.</param>
/// <param name="Detail">One sentence for the operator, where something is wrong.</param>
public sealed record BackboneHealth(bool IsConnected, string? Detail = null)
{
    /// <summary>Whether the broker asked publishers to stop (RabbitMQ's <c>connection.blocked</c>).</summary>
    public bool IsBlocked { get; init; }

    /// <summary>Frames that the broker pushed to this node and that it has not acknowledged yet.</summary>
    public long Unacknowledged { get; init; }

    /// <summary>The bytes of those frames, held in memory.</summary>
    public long UnacknowledgedBytes { get; init; }

    /// <summary>Frames that wait in this node's queue at the broker; for a stream, those behind the newest that this node has yet to read. Null where it can't be told.</summary>
    public long? QueueDepth { get; init; }

    /// <summary>Frames that the broker dropped from this node's queue, or that this node dropped because too many waited in it, as far as can be told.</summary>
    public long Dropped { get; init; }
}
