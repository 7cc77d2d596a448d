using System.Buffers;
using System.Text;
using SQLitePCL;
using static SQLitePCL.raw;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>
/// A prepared statement. Bind in the order of its parameters, then <see cref="Run"/> it, or read <see cref="One"/> or
/// <see cref="All"/> of its rows.
/// </summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Ids, types and nearly all user names fit, at up to three bytes a character.</summary>
    private const int StackBytes = 256;

    private int _bound;

    internal Statement Bind(long value)
    {
        return Bound(sqlite3_bind_int64(handle, ++_bound, value));
    }

    internal Statement Bind(string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var rented = most > StackBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[StackBytes];
        var length = Encoding.UTF8.GetBytes(value, bytes);
        var code = sqlite3_bind_text(handle, ++_bound, (ReadOnlySpan<byte>)bytes[..length]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return Bound(code);
    }

    internal Statement Bind(ReadOnlySpan<byte> value)
    {
        return Bound(sqlite3_bind_blob(handle, ++_bound, value));
    }

    /// <summary>Executes a statement without rows, and makes it ready for the next time.</summary>
    internal void Run()
    {
        var code = sqlite3_step(handle);
        // Before the reset, which would clear the words of the error.
        try
        {
            database.Check(code);
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Executes it for its first row.</summary>
    /// <returns><c>default</c> when there is none.</returns>
    internal T? One<T>(Func<Statement, T> read)
    {
        try
        {
            return Step() ? read(this) : default;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>Executes it for all its rows.</summary>
    internal List<T> All<T>(int capacity, Func<Statement, T> read)
    {
        var rows = new List<T>(capacity);
        try
        {
            while (Step())
                rows.Add(read(this));
        }
        finally
        {
            Reset();
        }

        return rows;
    }

    internal long Int64(int column) => sqlite3_column_int64(handle, column);

    internal string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    /// <summary>A blob, or text as UTF-8; valid while the row is read.</summary>
    internal ReadOnlySpan<byte> Bytes(int column) => sqlite3_column_blob(handle, column);

    public void Dispose() => handle.Dispose();

    private Statement Bound(int code)
    {
        if (code != SQLITE_OK)
            Reset();
        database.Check(code);
        return this;
    }

    private bool Step()
    {
        var code = sqlite3_step(handle);
        database.Check(code);
        return code == SQLITE_ROW;
    }

    /// <summary>Makes it ready for the next time: a statement left open holds its snapshot.</summary>
    private void Reset()
    {
        // It only repeats the error of the last step.
        sqlite3_reset(handle);
        _bound = 0;
    }
}
