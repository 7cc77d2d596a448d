using Microsoft.Extensions.Logging;
using Realtime.Backbones.RabbitMq.Internal;

namespace Realtime.Backbones.RabbitMq;

internal static partial class Log
{
    [LoggerMessage(3200, LogLevel.Information, "{What} is connected to RabbitMQ at {Address}.", EventName = "RabbitMqConnected")]
    public static partial void Connected(ILogger logger, string what, BrokerAddress address);

    [LoggerMessage(
        3201, LogLevel.Warning, "{What} does not work, and is tried again until it does: {Trouble}", EventName = "RabbitMqDisconnected")]
    public static partial void Disconnected(ILogger logger, string what, string trouble);

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

    [LoggerMessage(
        6420, LogLevel.Warning, "The post at offset {Offset} of {Author} could not be brought into mailboxes; followers pull it instead.", EventName = "RabbitMqFanoutGivenUp")]
    public static partial void FanoutGivenUp(ILogger logger, long offset, string author, Exception exception);

    [LoggerMessage(6421, LogLevel.Warning, "The queue {Queue} held what is no job of a fan-out, which is left out.", EventName = "RabbitMqFanoutUnreadable")]
    public static partial void FanoutUnreadable(ILogger logger, string queue, Exception exception);

    [LoggerMessage(
        6422, LogLevel.Warning, "The queue {Queue} is full: posts are not pushed, and followers pull them, until workers have caught up.", EventName = "RabbitMqFanoutFull")]
    public static partial void FanoutFull(ILogger logger, string queue);

    [LoggerMessage(
        6423, LogLevel.Warning, "The queue {Queue} is there already with another limit than the settings, and is used as it is: {Reason}", EventName = "RabbitMqFanoutLimitsDiffer")]
    public static partial void FanoutLimitsDiffer(ILogger logger, string queue, string reason);
}
