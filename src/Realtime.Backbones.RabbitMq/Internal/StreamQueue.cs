using System.Globalization;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>The stream that all nodes read.</summary>
internal sealed class StreamQueue(RabbitMqOptions options, ILogger logger)
{
    /// <summary>Retention deletes whole segments, and never the one that is written.</summary>
    private const int Segments = 8;

    private const string OffsetArgument = "x-stream-offset";

    private bool _limitsTold;

    internal async Task DeclareAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        if (await Topology.TryDeclareQueueAsync(connection, options.Stream, Arguments(), cancellationToken) is { } refused)
        {
            var reason = refused.ShutdownReason?.ReplyText ?? refused.Message;
            if (!await IsStreamAsync(connection, cancellationToken))
            {
                throw new RealtimeException(
                    $"The queue '{options.Stream}' of RabbitMQ is there already and is not a stream: delete it, or name another in "
                    + "Realtime:Backbone:Stream.",
                    isTransient: false,
                    refused);
            }

            // Other nodes read from it, so it is taken as it is.
            if (!_limitsTold)
                Log.StreamLimitsDiffer(logger, options.Stream, reason);
            _limitsTold = true;
        }

        await using var channel = await connection.OpenChannelAsync(withConfirms: false, cancellationToken);
        await Topology.BindAsync(channel, options.Stream, options.Exchange, [.. Enumerable.Range(0, ShardInterest.Shards)], cancellationToken);
    }

    /// <param name="channel">A channel with a prefetch window, which a stream needs.</param>
    /// <param name="offset">Where to begin; null for what comes from now on.</param>
    /// <param name="consumer">Gets the frames.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    internal Task ConsumeAsync(IChannel channel, long? offset, IAsyncBasicConsumer consumer, CancellationToken cancellationToken) =>
        ConsumeFromAsync(channel, offset is { } number ? number : "next", consumer, cancellationToken);

    /// <summary>
    /// Asks where the newest chunk of the stream begins, by reading it: the broker has no other way to ask. A chunk is what the broker wrote at once, so
    /// the stream may be longer by some frames.
    /// </summary>
    internal async Task<long> FindNewestAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(withConfirms: false, cancellationToken);
        await channel.BasicQosAsync(0, 1, global: false, cancellationToken);
        var found = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            if (delivery.BasicProperties.Headers is { } headers && headers.TryGetValue(OffsetArgument, out var offset) && offset is long number)
                found.TrySetResult(number);
            return Task.CompletedTask;
        };
        await ConsumeFromAsync(channel, "last", consumer, cancellationToken);
        return await found.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Asks by consuming, which needs an offset that no other queue takes: a refused declaration names the first difference only.</summary>
    private async Task<bool> IsStreamAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        await using var channel = await connection.OpenChannelAsync(withConfirms: false, cancellationToken);
        await channel.BasicQosAsync(0, 1, global: false, cancellationToken);
        try
        {
            await ConsumeAsync(channel, offset: null, new AsyncEventingBasicConsumer(channel), cancellationToken);
            return true;
        }
        catch (OperationInterruptedException refused) when (BrokerErrors.IsRefusal(refused, Constants.PreconditionFailed))
        {
            return false;
        }
    }

    private Task<string> ConsumeFromAsync(IChannel channel, object offset, IAsyncBasicConsumer consumer, CancellationToken cancellationToken) =>
        channel.BasicConsumeAsync(
            options.Stream, autoAck: false, consumerTag: "", noLocal: false, exclusive: false,
            new Dictionary<string, object?> { [OffsetArgument] = offset }, consumer, cancellationToken);

    private Dictionary<string, object?> Arguments() => new()
    {
        ["x-queue-type"] = "stream",
        ["x-max-length-bytes"] = options.StreamMaxBytes,
        ["x-max-age"] = string.Create(CultureInfo.InvariantCulture, $"{(long)options.StreamMaxAge.TotalSeconds}s"),
        ["x-stream-max-segment-size-bytes"] = Math.Min(options.StreamMaxBytes / Segments, 500_000_000),
    };
}
