using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>Says what SQLite's result codes mean for an operator.</summary>
internal static class SqliteErrors
{
    /// <param name="code">A result code, plain or extended.</param>
    /// <param name="path">The file.</param>
    /// <param name="detail">SQLite's own words.</param>
    /// <param name="inner">The driver's exception, where there is one.</param>
    internal static RealtimeException ToException(int code, string path, string detail, Exception? inner = null)
    {
        // The lower byte is the plain code; what is above it only refines it.
        var (message, isTransient) = (code & 0xff) switch
        {
            SQLITE_FULL => ($"The disk of the message store '{path}' is full.", true),
            SQLITE_BUSY or SQLITE_LOCKED => ($"The message store '{path}' is locked by another program.", true),
            SQLITE_IOERR or SQLITE_NOMEM => ($"The message store '{path}' can't be read or written now ({detail}).", true),
            SQLITE_CORRUPT or SQLITE_NOTADB => Damaged(path),
            _ => ($"The message store '{path}' failed: {detail}.", false),
        };
        return new RealtimeException(message, isTransient, inner);
    }

    internal static RealtimeException ToException(SqliteException exception, string path) =>
        ToException(exception.SqliteErrorCode, path, exception.Message, exception);

    internal static RealtimeException ToDamaged(string path) => new(Damaged(path).Message, isTransient: false);

    private static (string Message, bool IsTransient) Damaged(string path) =>
        ($"The message store '{path}' is damaged or not an SQLite file: restore a backup, or move it away to begin with an empty one.", false);
}
