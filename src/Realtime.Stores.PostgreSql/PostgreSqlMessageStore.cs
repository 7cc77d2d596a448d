using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Realtime.Channels;
using Realtime.Stores.PostgreSql.Internal;

namespace Realtime.Stores.PostgreSql;

/// <summary>A message store in a PostgreSQL schema that several nodes share, and the secrets that they share beside it.</summary>
/// <remarks>
/// The server assigns offsets: a batch is one call of a function there, which locks the channels of the batch. Appends to different channels go on
/// side by side. A batch whose answer is lost with the connection throws a transient <see cref="RealtimeException"/>, and may be there: appended again
/// with the same ids, it is recognised. Disposing finishes what was accepted.
/// </remarks>
public sealed class PostgreSqlMessageStore : IMessageStore, ISecretStore
{
    private const int OldestServer = 13;
    private const int LongestSecretName = 64;

    private readonly PostgreSqlOptions _postgreSql;
    private readonly MessageStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile OpenStore? _open;
    private volatile bool _disposed;

    /// <summary>Creates the store; <see cref="OpenAsync"/> connects it.</summary>
    /// <param name="postgreSql">The server and how it is used.</param>
    /// <param name="options">Retention and the deduplication window; read while the store is used, so not to be changed.</param>
    /// <param name="time">Measures how long connections have been idle.</param>
    /// <param name="logger">Told of opening, closing and lost connections.</param>
    public PostgreSqlMessageStore(
        PostgreSqlOptions postgreSql, MessageStoreOptions options, TimeProvider time, ILogger<PostgreSqlMessageStore> logger)
    {
        ArgumentNullException.ThrowIfNull(postgreSql);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        if (!PostgreSqlOptions.IsSchema(postgreSql.Schema))
            throw new ArgumentException($"'{postgreSql.Schema}' can't be the name of the store's schema.", nameof(postgreSql));
        _postgreSql = postgreSql;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    /// <exception cref="RealtimeException">
    /// Transient where the operator or time may repair it: the server away, starting or full, wrong credentials, no such database. Not transient: a
    /// connection string that can't be read, a server older than 13, a schema of something else or of a newer version.
    /// </exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_open is not null)
                return;
            var connections = Connections.Create(_postgreSql, _time, _logger);
            try
            {
                await connections.ReadAsync((connection, cancel) => PrepareAsync(connection, connections.Place, cancel), cancellationToken);
            }
            catch
            {
                await connections.DisposeAsync();
                throw;
            }

            _open = new OpenStore(connections, _options);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ChannelState> GetStateAsync(ChannelName channel, CancellationToken cancellationToken) =>
        (await GetStatesAsync([channel], cancellationToken))[0];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ChannelState>> GetStatesAsync(IReadOnlyList<ChannelName> channels, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentOutOfRangeException.ThrowIfZero(channels.Count);
        var open = Opened();
        return open.Connections.ReadAsync((connection, cancel) => open.Queries.StatesAsync(connection, channels, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<MessageDraft> drafts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        ArgumentOutOfRangeException.ThrowIfZero(drafts.Count);
        var open = Opened();
        var batch = new AppendBatch(drafts, _options.Retention);
        return open.Connections.WriteAsync(connection => batch.RunAsync(connection, _postgreSql.Schema), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<MessagePage> ReadAsync(ChannelName channel, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var open = Opened();
        return open.Connections.ReadAsync(
            (connection, cancel) => open.Queries.PageAsync(connection, channel, after, limit, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IReadOnlyList<Message>>> ReadAsync(IReadOnlyList<MessageRange> ranges, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var open = Opened();
        return open.Connections.ReadAsync((connection, cancel) => open.Queries.RangesAsync(connection, ranges, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DeletedMessage?> DeleteAsync(ChannelName channel, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        var open = Opened();
        return open.Connections.WriteAsync(connection => open.Queries.DeleteAsync(connection, channel, id), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long> FindOffsetAsync(ChannelName channel, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var open = Opened();
        return open.Connections.ReadAsync((connection, cancel) => open.Queries.OffsetAsync(connection, channel, since, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Of several nodes that trim at once one does the work, step by step; the others give back at once what they have done.</remarks>
    public async ValueTask<IReadOnlyList<TrimmedChannel>> TrimAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        await Opened().Trimmer.RunAsync(now, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<byte[]> LoadOrCreateAsync(string name, byte[] candidate, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, LongestSecretName);
        ArgumentNullException.ThrowIfNull(candidate);
        // Doing it twice is harmless.
        return Opened().Connections.ReadAsync((connection, cancel) => LoadOrCreateAsync(connection, name, candidate, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _opening.WaitAsync();
        try
        {
            if (_open is not { IsClosed: false } open)
                return;
            await open.Connections.DisposeAsync();
            open.IsClosed = true;
            Log.Closed(_logger, open.Connections.Place);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>The connections, for what is kept beside the messages.</summary>
    /// <exception cref="RealtimeException">The store is not open yet; transient.</exception>
    internal Connections Connections => Opened().Connections;

    private OpenStore Opened()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _open ?? throw new RealtimeException("The message store is not open yet.", isTransient: true);
    }

    private async Task<bool> PrepareAsync(NpgsqlConnection connection, string place, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
        {
            throw new RealtimeException(
                $"The message store {place} is on PostgreSQL {connection.PostgreSqlVersion}: it has to be {OldestServer} or newer.", isTransient: false);
        }

        var epoch = await Schema.PrepareAsync(
            connection, _postgreSql.Schema, place, version => Log.Migrated(_logger, version, place), cancellationToken);
        await SchemaPart.PrepareAsync(connection, _postgreSql.Schema, place, cancellationToken);
        Log.Opened(_logger, place, connection.PostgreSqlVersion, epoch, _postgreSql.Synchronous);
        await using var fsync = new NpgsqlCommand("SHOW fsync", connection);
        if (_postgreSql.Synchronous == PostgreSqlSynchronous.Full && await fsync.ExecuteScalarAsync(cancellationToken) is "off")
            Log.WithoutFsync(_logger, place);
        return true;
    }

    private async Task<byte[]> LoadOrCreateAsync(NpgsqlConnection connection, string name, byte[] candidate, CancellationToken cancellationToken)
    {
        var table = $"{Schema.Quote(_postgreSql.Schema)}.secrets";
        // The second statement sees what another node committed while the first waited for it.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"INSERT INTO {table} (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                {
                    Parameters = { new NpgsqlParameter<string> { TypedValue = name }, new NpgsqlParameter<byte[]> { TypedValue = candidate, NpgsqlDbType = NpgsqlDbType.Bytea } },
                },
                new($"SELECT value FROM {table} WHERE name = $1") { Parameters = { new NpgsqlParameter<string> { TypedValue = name } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var secret = reader.GetFieldValue<byte[]>(0);
        // Only now is it committed.
        await reader.NextResultAsync(cancellationToken);
        return secret;
    }

    private sealed class OpenStore(Connections connections, MessageStoreOptions options)
    {
        internal Connections Connections => connections;

        internal Queries Queries { get; } = new(connections.Schema, connections.Place);

        internal Trimmer Trimmer { get; } = new(connections, new Queries(connections.Schema, connections.Place), options);

        internal bool IsClosed { get; set; }
    }
}
