using Realtime.Stores.Sqlite.Internal;

namespace Realtime.Stores.Sqlite;

/// <summary>
/// What is kept beside the messages and is no message, in a file of its own, so that small changes never wait behind batches of messages. It is opened and
/// closed by the message store, whose lock covers both files.
/// </summary>
/// <remarks>
/// It holds independent parts, each with its own tables and their version. A part is a class with a <see cref="StatePart"/>, which the schema lists.
/// </remarks>
public sealed class SqliteStateDatabase : IAsyncDisposable
{
    private readonly SqliteOptions _sqlite;
    private readonly string _path;
    private OpenState? _open;
    private volatile bool _closed;

    /// <summary>Creates the database; nothing is opened yet.</summary>
    /// <param name="sqlite">The options of the message store: the file lies beside it, with the ending <c>.state.db</c>.</param>
    public SqliteStateDatabase(SqliteOptions sqlite)
    {
        ArgumentNullException.ThrowIfNull(sqlite);
        ArgumentException.ThrowIfNullOrEmpty(sqlite.Path);
        _sqlite = sqlite;
        _path = Path.GetFullPath(Path.ChangeExtension(sqlite.Path, ".state.db"));
    }

    /// <summary>Opens the file and brings its parts to their newest version.</summary>
    /// <exception cref="RealtimeException">It is damaged, of something else, or of a newer version, or can't be written.</exception>
    internal void Open()
    {
        var database = Database.Open(_path);
        try
        {
            StateSchema.Prepare(database);
            if (database.Scalar("PRAGMA journal_mode = WAL") != "wal")
                throw new RealtimeException($"The state '{_path}' is on a file system without what SQLite's WAL needs.", isTransient: false);
            database.Execute($"PRAGMA synchronous = {_sqlite.Synchronous}");
            _open = new OpenState(database, _sqlite.MaxReadConnections);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Finishes what was accepted, and closes the file. The message store does it, before it gives up the lock.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        if (Interlocked.Exchange(ref _open, null) is { } open)
            await open.DisposeAsync();
    }

    /// <summary>Makes a change, durably; several share a commit.</summary>
    /// <param name="change">What to do, in a transaction; it may be done twice, the first time in vain.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    internal ValueTask<T> WriteAsync<T>(Func<Database, T> change, CancellationToken cancellationToken) => Opened().Writer.WriteAsync(change, cancellationToken);

    /// <summary>Reads beside the writer, on one snapshot.</summary>
    internal ValueTask<T> ReadAsync<T>(Func<Database, T> read, CancellationToken cancellationToken) =>
        Opened().Readers.RunAsync(reader => reader.Database.Read(() => read(reader.Database)), cancellationToken);

    private OpenState Opened()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return Volatile.Read(ref _open) ?? throw new RealtimeException("The store is not open yet.", isTransient: true);
    }

    private sealed class OpenState(Database database, int maxReaders) : IAsyncDisposable
    {
        internal StateWriter Writer { get; } = new(database);

        internal ReaderPool<StateReader> Readers { get; } = new(() => new StateReader(database.Path), maxReaders);

        public async ValueTask DisposeAsync()
        {
            await Writer.DisposeAsync();
            await Readers.DisposeAsync();
            database.Dispose();
        }
    }
}
