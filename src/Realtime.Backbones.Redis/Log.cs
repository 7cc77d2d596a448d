using Microsoft.Extensions.Logging;

namespace Realtime.Backbones.Redis;

internal static partial class Log
{
    [LoggerMessage(3300, LogLevel.Information, "{What}.", EventName = "RedisWorks")]
    public static partial void Works(ILogger logger, string what);

    [LoggerMessage(3301, LogLevel.Warning, "{Problem} It is tried again until it works; meanwhile readers get messages of other nodes from the store, later.", EventName = "RedisFails")]
    public static partial void Fails(ILogger logger, string problem);

    [LoggerMessage(3302, LogLevel.Warning, "This node takes frames too slowly: {Dropped} were dropped so far and are pulled from the store.", EventName = "RedisFramesDropped")]
    public static partial void Dropped(ILogger logger, long dropped);

    [LoggerMessage(3303, LogLevel.Error, "A frame could not be taken in; what it carried is pulled from the store.", EventName = "RedisFrameFailed")]
    public static partial void FrameFailed(ILogger logger, Exception exception);

    [LoggerMessage(3304, LogLevel.Error, "The Redis driver failed in a way of its own; the backbone goes on.", EventName = "RedisDriverFailed")]
    public static partial void DriverFailed(ILogger logger, Exception exception);

    [LoggerMessage(3305, LogLevel.Debug, "The Redis backbone is closed.", EventName = "RedisClosed")]
    public static partial void Closed(ILogger logger, Exception exception);
}
