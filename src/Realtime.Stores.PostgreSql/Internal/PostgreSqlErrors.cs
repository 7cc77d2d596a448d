using System.Net.Sockets;
using Npgsql;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>Says what the driver's exceptions mean for an operator. No connection string and no message goes into the words.</summary>
internal static class PostgreSqlErrors
{
    /// <summary>The server ends sessions that were idle for long, where it is set so.</summary>
    private const string IdleSessionTimeout = "57P05";

    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>Whether an exception tells of the server, and not of a mistake in the program.</summary>
    internal static bool IsOfServer(Exception exception) =>
        exception is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>Whether the connection is gone, so that another one may do better at once.</summary>
    internal static bool IsLost(Exception exception) => exception switch
    {
        PostgresException answer => answer.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or IdleSessionTimeout,
        _ => IsOfServer(exception) && !IsTimeout(exception),
    };

    /// <param name="exception">One of the server.</param>
    /// <param name="place">Where the store is.</param>
    internal static RealtimeException ToException(Exception exception, string place)
    {
        var (message, isTransient) = exception is PostgresException answer ? Describe(answer, place) : Describe(exception, place);
        return new RealtimeException(message, isTransient, exception);
    }

    private static (string Message, bool IsTransient) Describe(Exception exception, string place) => IsTimeout(exception)
        ? ($"The message store {place} did not answer in time.", true)
        : ($"The message store {place} can't be reached: {Innermost(exception).Message.TrimEnd('.')}.", true);

    private static (string Message, bool IsTransient) Describe(PostgresException answer, string place) => answer.SqlState switch
    {
        // The operator may repair these while the caller keeps trying.
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            ($"The message store {place} refuses user name or password ({answer.MessageText}).", true),
        PostgresErrorCodes.InvalidCatalogName => ($"The message store {place} can't be opened: there is no such database.", true),
        PostgresErrorCodes.InsufficientPrivilege => ($"The message store {place} refuses its user what it needs ({answer.MessageText}).", true),
        PostgresErrorCodes.ReadOnlySqlTransaction => ($"The message store {place} can only be read now: it may be a standby server.", true),

        PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable or IdleInTransactionTimeout => ($"The message store {place} did not finish in time.", true),
        PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
            ($"The message store {place} is starting or stopping ({answer.MessageText}).", true),
        PostgresErrorCodes.TooManyConnections => ($"The message store {place} has no connection left ({answer.MessageText}).", true),
        PostgresErrorCodes.DiskFull => ($"The disk of the message store {place} is full.", true),

        PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted =>
            ($"The message store {place} is damaged ({answer.MessageText}): restore a backup.", false),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.InvalidSchemaName =>
            ($"The message store {place} has lost its tables ({answer.MessageText}): start again to make them anew.", false),
        _ => ($"The message store {place} failed: {answer.MessageText} ({answer.SqlState}).", IsTransientClass(answer.SqlState)),
    };

    /// <summary>Connections (08), rollbacks for the sake of others (40), resources (53), operators (57) and the system (58).</summary>
    private static bool IsTransientClass(string state) => state.Length == 5 && state[..2] is "08" or "40" or "53" or "57" or "58";

    private static bool IsTimeout(Exception exception) => exception is TimeoutException || exception.InnerException is TimeoutException;

    private static Exception Innermost(Exception exception) =>
        exception.InnerException is { } inner && (inner is SocketException or IOException) ? Innermost(inner) : exception;
}
