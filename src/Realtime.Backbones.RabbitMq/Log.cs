using Microsoft.Extensions.Logging;
using Realtime.Backbones.RabbitMq.Internal;

namespace Realtime.Backbones.RabbitMq;

internal static partial class Log
{
    [LoggerMessage(3200, LogLevel.Information, "The {Kind} backbone is connected to RabbitMQ at {Address}.", EventName = "RabbitMqConnected")]
    public static partial void Connected(ILogger logger, string kind, BrokerAddress address);

    [LoggerMessage(
        3201, LogLevel.Warning, "The {Kind} backbone does not work, and is tried again until it does: {Trouble}", EventName = "RabbitMqDisconnected")]
    public static partial void Disconnected(ILogger logger, string kind, string trouble);

    [LoggerMessage(
        3202, LogLevel.Warning, "Deleted the queue {Queue}, which was left behind with other settings, and declared it anew: {Reason}", EventName = "RabbitMqQueueReplaced")]
    public static partial void QueueReplaced(ILogger logger, string queue, string reason);

    [LoggerMessage(
        3203, LogLevel.Information, "Left the queue {Queue} to expire, because it could not be deleted: {Reason}", EventName = "RabbitMqQueueLeft")]
    public static partial void QueueLeft(ILogger logger, string queue, string reason);

    [LoggerMessage(3204, LogLevel.Error, "A frame from RabbitMQ could not be received and is left out.", EventName = "RabbitMqReceiverFailed")]
    public static partial void ReceiverFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        3205, LogLevel.Warning, "The stream {Stream} is there already with other limits than the settings, and is used as it is: {Reason}", EventName = "RabbitMqStreamLimitsDiffer")]
    public static partial void StreamLimitsDiffer(ILogger logger, string stream, string reason);

    [LoggerMessage(
        3206, LogLevel.Warning, "The stream {Stream} has nothing at offset {Offset}, most likely because it was made anew: it is read from its end.", EventName = "RabbitMqOffsetUnknown")]
    public static partial void OffsetUnknown(ILogger logger, string stream, long offset);

    [LoggerMessage(
        3207, LogLevel.Warning, "The offset in the stream can't be kept in {Path}: {Reason}", EventName = "RabbitMqOffsetFileFailed")]
    public static partial void OffsetFileFailed(ILogger logger, string path, string reason);
}
