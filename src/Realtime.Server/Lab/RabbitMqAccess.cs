using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Realtime.Backbones;
using Realtime.Backbones.RabbitMq;
using Realtime.Lab.Broker;

namespace Realtime.Server.Lab;

/// <summary>Gives the lab's nodes backbones on RabbitMQ, on an exchange and a stream that belong to their run alone.</summary>
internal sealed partial class RabbitMqAccess(string connectionString, TimeProvider time, ILogger<RabbitMqAccess> logger) : IBrokerAccess
{
    private static readonly TimeSpan RemoveTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Small, because the broker deletes whole segments of a stream only.</summary>
    private const long StreamBytes = 128L << 20;

    public IBackbone Create(BackboneRequest request)
    {
        var options = new RabbitMqOptions
        {
            ConnectionString = connectionString,
            Exchange = request.Run,
            Stream = StreamOf(request.Run),
            NodeName = request.Node,
            Prefetch = request.Mode.Prefetch,
            Overflow = request.Mode.Rejects ? "reject-publish" : "drop-and-heal",
            QueueLimit = request.QueueLimit,
            StreamMaxBytes = StreamBytes,
        };
        return request.Mode.IsStream
            ? new RabbitMqStreamBackbone(options, request.Time, request.Loggers.CreateLogger<RabbitMqStreamBackbone>())
            : new RabbitMqBackbone(options, request.Time, request.Loggers.CreateLogger<RabbitMqBackbone>());
    }

    /// <summary>The nodes take their queues with them; the exchange and the stream would stay.</summary>
    public async ValueTask RemoveAsync(string run, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(_ => limit.Cancel(), null, RemoveTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            var factory = new ConnectionFactory { Uri = new Uri(connectionString.Split(',')[0].Trim()), AutomaticRecoveryEnabled = false };
            await using var connection = await factory.CreateConnectionAsync(limit.Token);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: limit.Token);
            await channel.QueueDeleteAsync(StreamOf(run), cancellationToken: limit.Token);
            await channel.ExchangeDeleteAsync(run, cancellationToken: limit.Token);
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException or OperationCanceledException or UriFormatException)
        {
            LogLeft(logger, run, e);
        }
    }

    private static string StreamOf(string run) => $"{run}.stream";

    [LoggerMessage(5101, LogLevel.Warning, "The exchange {Run} of an experiment, and its stream, could not be deleted.", EventName = "LabExchangeLeft")]
    private static partial void LogLeft(ILogger logger, string run, Exception exception);
}
