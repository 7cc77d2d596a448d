using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>
/// The queue of one node. It outlives a short absence of the node, bounded all the while, and the broker deletes it after a longer one. It is durable
/// only because later brokers have no other kind that outlives its connection: what is in it is not kept over a restart of the broker.
/// </summary>
internal sealed class NodeQueue(RabbitMqOptions options, ILogger logger)
{
    internal const string Prefix = "realtime.node.";

    internal string Name { get; } = Prefix + (options.NodeName ?? $"{Environment.MachineName}.{Guid.NewGuid().ToString("N")[..8]}");

    internal async Task DeclareAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        var arguments = Arguments();
        if (await Topology.TryDeclareQueueAsync(connection, Name, arguments, cancellationToken) is not { } refused)
            return;
        // Left behind with other settings. Nothing is lost with it, because the store has it all; but not while somebody reads from it.
        if (!await TryDeleteUnusedAsync(connection, cancellationToken))
            throw InUse(refused);
        Log.QueueReplaced(logger, Name, refused.ShutdownReason?.ReplyText ?? refused.Message);
        if (await Topology.TryDeclareQueueAsync(connection, Name, arguments, cancellationToken) is { } again)
            throw InUse(again);
    }

    /// <summary>Begins to consume, as the only one: two nodes of one name would get half of the frames each.</summary>
    internal async Task ConsumeAsync(IChannel channel, IAsyncBasicConsumer consumer, CancellationToken cancellationToken)
    {
        try
        {
            await channel.BasicConsumeAsync(
                Name, autoAck: false, consumerTag: "", noLocal: false, exclusive: true, arguments: null, consumer, cancellationToken);
        }
        catch (OperationInterruptedException refused) when (BrokerErrors.IsRefusal(refused, Constants.AccessRefused))
        {
            // Transient: most likely the broker has not noticed yet that this node's last connection is gone.
            throw InUse(refused);
        }
    }

    /// <returns>Whether it is gone; not where another consumer has it.</returns>
    internal async Task<bool> TryDeleteUnusedAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(withConfirms: false, cancellationToken);
        try
        {
            await channel.QueueDeleteAsync(Name, ifUnused: true, ifEmpty: false, cancellationToken: cancellationToken);
            return true;
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode is Constants.PreconditionFailed or Constants.ResourceLocked)
        {
            return false;
        }
    }

    private RealtimeException InUse(OperationInterruptedException refused) => new(
        $"The queue '{Name}' is in use by another connection: by an earlier one of this node that RabbitMQ still takes for alive, or by another node with "
        + "the same Realtime:Backbone:NodeName.",
        isTransient: true,
        refused);

    private Dictionary<string, object?> Arguments() => new()
    {
        ["x-queue-type"] = "classic",
        ["x-max-length"] = options.QueueLimit,
        ["x-max-length-bytes"] = options.QueueLimitBytes,
        ["x-expires"] = (int)options.QueueExpiry.TotalMilliseconds,
        ["x-overflow"] = options.Overflow == RabbitMqOptions.RejectPublish ? "reject-publish" : "drop-head",
    };
}
