using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Realtime.Bench.Peer;

/// <summary>
/// The least that a message store on PostgreSQL could do: insert batches from arrays, one statement and one commit each, into a table with the same columns
/// and the same unique ids, offsets counted by the client, no duplicates looked for, no retention.
/// </summary>
internal static class BareInsert
{
    private const int Channels = 1;

    private static readonly TimeSpan Ramp = TimeSpan.FromSeconds(1);

    /// <returns>Rows inserted in a second.</returns>
    public static async Task<double> RunAsync(string connectionString, int batch, int dataBytes, TimeSpan window, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var table = $"bare_{Guid.NewGuid():N}";
        await ExecuteAsync(
            connection,
            $"CREATE TABLE {table} (channel bigint, position bigint, id text, type text, author text, time bigint, data bytea, PRIMARY KEY (channel, position)); "
            + $"CREATE UNIQUE INDEX ON {table} (channel, id)",
            cancellationToken);
        try
        {
            await using var insert = new NpgsqlCommand($"INSERT INTO {table} SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)", connection);
            var offset = 0L;
            await InsertForAsync(insert, batch, dataBytes, Ramp, () => offset++, cancellationToken);
            var clock = Stopwatch.StartNew();
            var before = offset;
            await InsertForAsync(insert, batch, dataBytes, window, () => offset++, cancellationToken);
            return (offset - before) / clock.Elapsed.TotalSeconds;
        }
        finally
        {
            await ExecuteAsync(connection, $"DROP TABLE {table}", CancellationToken.None);
        }
    }

    private static async Task InsertForAsync(
        NpgsqlCommand insert, int batch, int dataBytes, TimeSpan window, Func<long> next, CancellationToken cancellationToken)
    {
        var channels = Enumerable.Range(0, batch).Select(row => (long)(row % Channels)).ToArray();
        var types = Enumerable.Repeat("message", batch).ToArray();
        var authors = Enumerable.Repeat("bench", batch).ToArray();
        var data = Enumerable.Repeat(new byte[dataBytes], batch).ToArray();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < window;)
        {
            var offsets = Enumerable.Range(0, batch).Select(_ => next()).ToArray();
            var times = Enumerable.Repeat(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), batch).ToArray();
            insert.Parameters.Clear();
            Add(insert, channels, NpgsqlDbType.Bigint);
            Add(insert, offsets, NpgsqlDbType.Bigint);
            Add(insert, Array.ConvertAll(offsets, offset => $"bench-{offset}"), NpgsqlDbType.Text);
            Add(insert, types, NpgsqlDbType.Text);
            Add(insert, authors, NpgsqlDbType.Text);
            Add(insert, times, NpgsqlDbType.Bigint);
            Add(insert, data, NpgsqlDbType.Bytea);
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static void Add<T>(NpgsqlCommand command, T[] values, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
