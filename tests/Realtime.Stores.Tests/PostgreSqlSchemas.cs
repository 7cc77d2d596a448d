using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Realtime.Stores.PostgreSql;
using Realtime.Testing.Services;

namespace Realtime.Stores.Tests;

/// <summary>Schemas of one test's own, in a database that others use as well; dropped at the end.</summary>
internal sealed class PostgreSqlSchemas(string? connectionString = null) : IAsyncDisposable
{
    private readonly string _connectionString = connectionString ?? TestServices.Postgres;
    private readonly List<string> _names = [];

    internal string Last => _names[^1];

    /// <summary>The name of a schema that is not there yet.</summary>
    internal string New()
    {
        _names.Add($"test_{Guid.NewGuid():n}");
        return Last;
    }

    internal PostgreSqlOptions Options(string schema) => new()
    {
        ConnectionString = _connectionString,
        Schema = schema,
        // Many tests run at once, and the server has its bound.
        MaxConnections = 8,
    };

    internal PostgreSqlMessageStore StoreAt(string schema, MessageStoreOptions options) => StoreAt(Options(schema), options);

    internal static PostgreSqlMessageStore StoreAt(PostgreSqlOptions postgreSql, MessageStoreOptions? options = null) =>
        new(postgreSql, options ?? new MessageStoreOptions(), TimeProvider.System, NullLogger<PostgreSqlMessageStore>.Instance);

    internal async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection($"{_connectionString};Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _names)
        {
            await using var connection = new NpgsqlConnection($"{_connectionString};Pooling=false");
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand($"SET client_min_messages = warning; DROP SCHEMA IF EXISTS {name} CASCADE", connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
