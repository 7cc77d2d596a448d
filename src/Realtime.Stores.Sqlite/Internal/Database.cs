using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>One connection, for one thread at a time, with the statements that were prepared on it.</summary>
/// <remarks>
/// Statements go to SQLite's own functions rather than through ADO commands: a row inserted that way costs a quarter less CPU, and text
/// is read without a copy.
/// </remarks>
internal sealed class Database : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly List<Statement> _statements = [];
    private readonly Dictionary<string, Statement> _known = [];
    private readonly Statement _begin;
    private readonly Statement _beginImmediate;
    private readonly Statement _commit;

    private Database(SqliteConnection connection, string path)
    {
        _connection = connection;
        Path = path;
        _begin = Prepare("BEGIN");
        _beginImmediate = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
    }

    internal string Path { get; }

    /// <summary>How many rows the last insert, update or delete changed.</summary>
    internal int Changes => sqlite3_changes(Handle);

    internal sqlite3 Handle => _connection.Handle!;

    /// <summary>Opens the file, creating it where it is missing.</summary>
    /// <exception cref="RealtimeException">It can't be opened, or is no SQLite file.</exception>
    internal static Database Open(string path)
    {
        // Without the driver's pool, closing the last connection checkpoints and ends the WAL.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            var database = new Database(connection, path);
            // Nobody else writes, but a backup or a curious `sqlite3` may hold a lock for a moment.
            database.Execute("PRAGMA busy_timeout = 5000");
            return database;
        }
        catch (Exception exception)
        {
            connection.Dispose();
            if (exception is SqliteException error)
                throw SqliteErrors.ToException(error, path);
            throw;
        }
    }

    internal Statement Prepare(string sql)
    {
        Check(sqlite3_prepare_v3(Handle, sql, SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new Statement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>The statement of a text that is always the same, prepared when it is first needed.</summary>
    internal Statement For(string sql)
    {
        if (!_known.TryGetValue(sql, out var statement))
            _known.Add(sql, statement = Prepare(sql));
        return statement;
    }

    /// <summary>Runs statements that need no parameters and whose rows nobody wants.</summary>
    internal void Execute(string sql) => Check(sqlite3_exec(Handle, sql));

    /// <summary>The first column of the only row.</summary>
    internal string Scalar(string sql)
    {
        Check(sqlite3_prepare_v2(Handle, sql, out var handle));
        using var statement = new Statement(this, handle);
        return statement.One(row => row.Text(0)) ?? throw SqliteErrors.ToDamaged(Path);
    }

    /// <summary>Runs <paramref name="work"/> on one snapshot of the file.</summary>
    internal T Read<T>(Func<T> work) => Transact(_begin, work);

    /// <summary>Runs <paramref name="work"/> and commits it; whatever it throws, nothing of it stays.</summary>
    internal T Write<T>(Func<T> work) => Transact(_beginImmediate, work);

    internal void Check(int code)
    {
        if (code is not (SQLITE_OK or SQLITE_ROW or SQLITE_DONE))
            throw SqliteErrors.ToException(code, Path, sqlite3_errmsg(Handle).utf8_to_string());
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _connection.Dispose();
    }

    private T Transact<T>(Statement begin, Func<T> work)
    {
        begin.Run();
        try
        {
            var result = work();
            _commit.Run();
            return result;
        }
        catch
        {
            // Some errors have already rolled back by themselves. If this fails, the next BEGIN reports it.
            if (sqlite3_get_autocommit(Handle) == 0)
                sqlite3_exec(Handle, "ROLLBACK");
            throw;
        }
    }
}
