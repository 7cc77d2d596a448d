using Microsoft.Extensions.Logging;
using Realtime.Channels;

namespace Realtime.Stores.PostgreSql;

/// <summary>Event ids 3100 to 3199.</summary>
internal static partial class Log
{
    [LoggerMessage(
        3101, LogLevel.Information, "Opened the message store {Place}, PostgreSQL {Version}, epoch {Epoch}, synchronous {Synchronous}.", EventName = "PostgreSqlOpened")]
    internal static partial void Opened(ILogger logger, string place, Version version, Epoch epoch, PostgreSqlSynchronous synchronous);

    [LoggerMessage(3102, LogLevel.Information, "Closed the message store {Place}.", EventName = "PostgreSqlClosed")]
    internal static partial void Closed(ILogger logger, string place);

    [LoggerMessage(3103, LogLevel.Information, "Made version {Version} of the schema of the message store {Place}.", EventName = "PostgreSqlMigrated")]
    internal static partial void Migrated(ILogger logger, int version, string place);

    [LoggerMessage(
        3104, LogLevel.Warning, "The server of the message store {Place} runs with fsync off: acknowledged messages may be lost in a power loss.", EventName = "PostgreSqlWithoutFsync")]
    internal static partial void WithoutFsync(ILogger logger, string place);

    [LoggerMessage(
        3105, LogLevel.Warning, "The message store {Place} lost its connections, and makes new ones: {Error}", EventName = "PostgreSqlConnectionsLost")]
    internal static partial void ConnectionsLost(ILogger logger, string place, string error);
}
