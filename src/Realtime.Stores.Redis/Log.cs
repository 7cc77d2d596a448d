using Microsoft.Extensions.Logging;

namespace Realtime.Stores.Redis;

internal static partial class Log
{
    [LoggerMessage(6400, LogLevel.Information, "Mailboxes are kept by {Servers}.", EventName = "RedisMailboxesWork")]
    public static partial void Works(ILogger logger, string servers);

    [LoggerMessage(6401, LogLevel.Warning, "{Problem} Until it works, timelines are pulled and nothing is pushed into mailboxes.", EventName = "RedisMailboxesFail")]
    public static partial void Fails(ILogger logger, string problem);

    [LoggerMessage(6402, LogLevel.Debug, "The connection to Redis could not be ended in order.", EventName = "RedisMailboxesLeft")]
    public static partial void Left(ILogger logger, Exception exception);
}
