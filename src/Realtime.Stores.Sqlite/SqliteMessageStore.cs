using Microsoft.Extensions.Logging;
using Realtime.Channels;
using Realtime.Stores.Sqlite.Internal;

namespace Realtime.Stores.Sqlite;

/// <summary>A message store in one SQLite file of this process: the durable default, with nothing else to install.</summary>
/// <remarks>
/// One thread writes, one transaction for each batch; reads go on beside it, each on a snapshot. Disposing finishes what was accepted.
/// </remarks>
public sealed partial class SqliteMessageStore : IMessageStore
{
    /// <summary>How many rows a step of trimming deletes before it lets appends in: a few milliseconds.</summary>
    private const int TrimStep = 500;

    /// <summary>How many channels a round of trimming looks up at once.</summary>
    private const int TrimPage = 1_000;

    /// <summary>
    /// A checkpoint, done by the writer between two batches, copies each changed page once, however often it changed: four times SQLite's
    /// 1,000 saves a fifth of what appends with random ids write. The WAL then stays around 16 MB, and a checkpoint takes some
    /// milliseconds. It is not left to another thread: beside a busy writer the WAL would never be found finished, and grow.
    /// </summary>
    private const int CheckpointPages = 4_000;

    private readonly SqliteOptions _sqlite;
    private readonly MessageStoreOptions _options;
    private readonly ILogger _logger;
    private readonly string _path;
    private readonly SqliteStateDatabase? _state;
    private OpenStore? _open;
    private bool _disposed;
    private volatile bool _looksAtAll = true;

    /// <summary>Creates the store; <see cref="OpenAsync"/> opens its file.</summary>
    /// <param name="sqlite">The file and how it is used.</param>
    /// <param name="options">Retention and the deduplication window; read while the store is used, so not to be changed.</param>
    /// <param name="logger">Told when the file is opened and closed.</param>
    /// <param name="state">What is kept beside the messages; opened and closed with them, under the same lock. Null for none.</param>
    public SqliteMessageStore(SqliteOptions sqlite, MessageStoreOptions options, ILogger<SqliteMessageStore> logger, SqliteStateDatabase? state = null)
    {
        ArgumentNullException.ThrowIfNull(sqlite);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentException.ThrowIfNullOrEmpty(sqlite.Path);
        _sqlite = sqlite;
        _options = options;
        _logger = logger;
        _state = state;
        _path = Path.GetFullPath(sqlite.Path);
    }

    /// <inheritdoc/>
    /// <exception cref="RealtimeException">
    /// Another process has the file open, it is damaged, of something else, or of a newer version, or its folder can't be written.
    /// </exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _open = await Task.Run(Open, cancellationToken);
        Log.Opened(_logger, _path, _open.Epoch, _sqlite.Synchronous);
    }

    /// <inheritdoc/>
    public async ValueTask<ChannelState> GetStateAsync(ChannelName channel, CancellationToken cancellationToken)
    {
        var open = Opened();
        var row = await open.Readers.RunAsync(reader => reader.Find(channel), cancellationToken);
        return row?.State ?? Empty(open);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ChannelState>> GetStatesAsync(IReadOnlyList<ChannelName> channels, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(channels);
        var open = Opened();
        var rows = await open.Readers.RunAsync(reader => reader.Find(channels), cancellationToken);
        return [.. rows.Select(row => row?.State ?? Empty(open))];
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<MessageDraft> drafts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        ArgumentOutOfRangeException.ThrowIfZero(drafts.Count);
        var open = Opened();
        return open.Thread.RunAsync(() => open.Writer.Append(drafts), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<MessagePage> ReadAsync(ChannelName channel, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var open = Opened();
        var page = await open.Readers.RunAsync(reader => reader.Read(channel, after, limit, cancellationToken), cancellationToken);
        return page ?? new MessagePage(Empty(open), []);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<IReadOnlyList<Message>>> ReadAsync(IReadOnlyList<MessageRange> ranges, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        return await Opened().Readers.RunAsync(reader => reader.Read(ranges, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DeletedMessage?> DeleteAsync(ChannelName channel, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        var open = Opened();
        return open.Thread.RunAsync(() => open.Writer.Delete(channel, id), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> FindOffsetAsync(ChannelName channel, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var found = await Opened().Readers.RunAsync(reader => reader.FindOffset(channel, since), cancellationToken);
        return found ?? 1;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TrimmedChannel>> TrimAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var open = Opened();
        var trimmed = new List<TrimmedChannel>();
        var trimmedBefore = UnixTime.CutOff(now, _options.DeduplicationWindow);
        // The rules may have changed since the file was last open, so the first round looks at every channel.
        var anyBefore = _looksAtAll ? long.MaxValue : UnixTime.CutOff(now, ShortestAge());
        for (var last = 0L; ;)
        {
            var page = await open.Readers.RunAsync(
                reader => reader.Trimmable(last, trimmedBefore, anyBefore, TrimPage), cancellationToken);
            var names = new Queue<ChannelName>(page.Select(row => row.Name));
            while (names.Count > 0)
                await open.Thread.RunAsync(() => open.Writer.Trim(names, now, TrimStep, trimmed), cancellationToken);
            if (page.Count < TrimPage)
                break;
            last = page[^1].Id;
        }

        _looksAtAll = false;
        return trimmed;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_open is null)
            return;
        if (_state is not null)
            await _state.DisposeAsync();
        await _open.DisposeAsync();
        Log.Closed(_logger, _path);
    }

    private OpenStore Opened()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _open ?? throw new InvalidOperationException("The store has to be opened first.");
    }

    private OpenStore Open()
    {
        var fileLock = StoreLock.Take(_path);
        Database? database = null;
        try
        {
            database = Database.Open(_path);
            // First, so that a file of something else stays as it is.
            var epoch = Schema.Prepare(database);
            if (database.Scalar("PRAGMA journal_mode = WAL") != "wal")
            {
                throw new RealtimeException(
                    $"The message store '{_path}' is on a file system without what SQLite's WAL needs.", isTransient: false);
            }

            database.Execute($"""
                PRAGMA synchronous = {_sqlite.Synchronous};
                PRAGMA wal_autocheckpoint = {CheckpointPages};
                PRAGMA cache_size = -16000;
                PRAGMA max_page_count = {_sqlite.MaxPages ?? int.MaxValue};
                """);
            _state?.Open();
            return new OpenStore(fileLock, database, epoch, _options, _sqlite.MaxReadConnections);
        }
        catch
        {
            database?.Dispose();
            fileLock.Dispose();
            throw;
        }
    }

    private TimeSpan ShortestAge() => _options.Retention.Values.Append(new RetentionRule()).Min(rule => rule.MaxAge);

    private static ChannelState Empty(OpenStore open) => new(open.Epoch, 1, 0);

    private static partial class Log
    {
        [LoggerMessage(
            3001, LogLevel.Information, "Opened the message store {Path}, epoch {Epoch}, synchronous {Synchronous}.", EventName = "SqliteOpened")]
        public static partial void Opened(ILogger logger, string path, Epoch epoch, SqliteSynchronous synchronous);

        [LoggerMessage(3002, LogLevel.Information, "Closed the message store {Path}.", EventName = "SqliteClosed")]
        public static partial void Closed(ILogger logger, string path);
    }
}
