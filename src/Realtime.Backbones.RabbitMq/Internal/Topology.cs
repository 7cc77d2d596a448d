using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>Declares what the broker has to have. A declaration that the broker refuses takes its channel with it, so each has a channel of its own.</summary>
internal static class Topology
{
    internal static async Task DeclareExchangeAsync(BrokerConnection connection, string exchange, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(withConfirms: false, cancellationToken);
        try
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Direct, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        }
        catch (OperationInterruptedException refused) when (BrokerErrors.IsRefusal(refused, Constants.PreconditionFailed))
        {
            throw new RealtimeException(
                $"The exchange '{exchange}' of RabbitMQ is there already and is not a durable direct one: delete it, or name another in "
                + "Realtime:Backbone:Exchange.",
                isTransient: false,
                refused);
        }
    }

    /// <returns>Why the broker refuses it, where it is there already in another shape.</returns>
    internal static async Task<OperationInterruptedException?> TryDeclareQueueAsync(
        BrokerConnection connection, string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(withConfirms: false, cancellationToken);
        try
        {
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
            return null;
        }
        catch (OperationInterruptedException refused) when (BrokerErrors.IsRefusal(refused, Constants.PreconditionFailed) || BrokerErrors.IsRefusal(refused, Constants.ResourceLocked))
        {
            return refused;
        }
    }

    /// <summary>Binds or unbinds shards, all written at once; complete when all are in force.</summary>
    internal static async Task BindAsync(IChannel channel, string queue, string exchange, IReadOnlyList<int> shards, CancellationToken cancellationToken)
    {
        for (var i = 0; i < shards.Count; i++)
        {
            // The broker does them in order, so the answer to the last is that to all.
            var noWait = i < shards.Count - 1;
            await channel.QueueBindAsync(queue, exchange, ShardKey.Of(shards[i]), arguments: null, noWait, cancellationToken);
        }
    }
}
