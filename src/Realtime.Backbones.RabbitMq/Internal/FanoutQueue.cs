using Microsoft.Extensions.Logging;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>The queue of fan-out work that all nodes share: durable and bounded, and full of work it refuses more.</summary>
internal sealed class FanoutQueue(string exchange, int limit, ILogger logger)
{
    private int _limitsTold;

    internal string Name { get; } = exchange + ".fanout";

    internal async Task DeclareAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        var arguments = new Dictionary<string, object?>
        {
            ["x-queue-type"] = "classic",
            ["x-max-length"] = limit,
            ["x-overflow"] = "reject-publish",
        };
        // Other nodes work from it, so it is taken as it is.
        if (await Topology.TryDeclareQueueAsync(connection, Name, arguments, cancellationToken) is { } refused && Interlocked.Exchange(ref _limitsTold, 1) == 0)
            Log.FanoutLimitsDiffer(logger, Name, refused.ShutdownReason?.ReplyText ?? refused.Message);
    }
}
