using Npgsql;
using NpgsqlTypes;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>Calls for what is kept beside the messages, each one statement; <c>@schema</c> in it stands for the schema's quoted name.</summary>
internal sealed class StateCalls(PostgreSqlMessageStore store)
{
    /// <summary>Runs a statement that only reads, on another connection where the first one is lost.</summary>
    internal ValueTask<T> ReadAsync<T>(
        string sql, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        store.Connections.ReadAsync(
            async (connection, cancel) =>
            {
                // A call that is made again needs parameters of its own.
                await using var command = Command(connection, sql, [.. parameters.Select(parameter => parameter.Clone())]);
                await command.PrepareAsync(cancel);
                await using var rows = await command.ExecuteReaderAsync(cancel);
                return await read(rows, cancel);
            },
            cancellationToken);

    /// <summary>Runs a statement that changes something and gives nothing back.</summary>
    /// <returns>How many rows it changed.</returns>
    internal ValueTask<int> WriteAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) => store.Connections.WriteAsync(
        async connection =>
        {
            await using var command = Command(connection, sql, parameters);
            return await command.ExecuteNonQueryAsync(CancellationToken.None);
        },
        cancellationToken);

    /// <summary>Runs a statement that changes something and gives one row.</summary>
    internal ValueTask<T> WriteAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        store.Connections.WriteAsync(
            async connection =>
            {
                await using var command = Command(connection, sql, parameters);
                await using var rows = await command.ExecuteReaderAsync(CancellationToken.None);
                await rows.ReadAsync(CancellationToken.None);
                var outcome = read(rows);
                // Only now is it committed.
                await rows.NextResultAsync(CancellationToken.None);
                return outcome;
            },
            cancellationToken);

    internal static NpgsqlParameter Text(string value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text };

    internal static NpgsqlParameter Texts(IEnumerable<string> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    internal static NpgsqlParameter Number(long value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    /// <summary>The bytes of a text that may hold any character.</summary>
    internal static NpgsqlParameter Bytes(string value) => new() { Value = MessageRow.Bytes(value), NpgsqlDbType = NpgsqlDbType.Bytea };

    /// <inheritdoc cref="Bytes"/>
    internal static NpgsqlParameter ManyBytes(IEnumerable<string> values) =>
        new() { Value = values.Select(MessageRow.Bytes).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql.Replace("@schema", Schema.Quote(store.Connections.Schema), StringComparison.Ordinal), connection);
        command.Parameters.AddRange(parameters);
        return command;
    }
}
