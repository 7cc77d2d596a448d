using System.Globalization;
using Npgsql;
using Realtime.Channels;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>Makes and migrates the tables. Version n is made from the one before by <c>Schema.n.sql</c>.</summary>
internal static class Schema
{
    private const int Version = 1;

    private static readonly string[] Tables = ["meta", "secrets", "channels", "messages"];

    /// <summary>Nodes that start at once make the tables one after another, the first one really.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="schema">The schema's name.</param>
    /// <param name="place">Where the store is, for errors.</param>
    /// <param name="migrated">Told of each version that was made.</param>
    /// <param name="cancellationToken">Cancels all of it.</param>
    /// <returns>The store's epoch.</returns>
    internal static async Task<Epoch> PrepareAsync(
        NpgsqlConnection connection, string schema, string place, Action<int> migrated, CancellationToken cancellationToken)
    {
        // A store that is there needs no lock and no right to make tables.
        if (await VersionAsync(connection, schema, place, cancellationToken) < Version)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await LockAsync(connection, schema, cancellationToken);
            for (var version = await VersionAsync(connection, schema, place, cancellationToken) + 1; version <= Version; version++)
            {
                if (version == 1)
                    await ExecuteAsync(connection, $"CREATE SCHEMA IF NOT EXISTS {Quote(schema)}", cancellationToken);
                await ExecuteAsync(connection, await ScriptAsync(schema, "Schema", version), cancellationToken);
                await ExecuteAsync(
                    connection,
                    $"""
                     INSERT INTO {Quote(schema)}.meta (name, value) VALUES ('version', {version}), ('epoch', {Epoch.Create().Value})
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.name = 'version'
                     """,
                    cancellationToken);
                migrated(version);
            }

            await transaction.CommitAsync(cancellationToken);
        }

        return await ScalarAsync(connection, $"SELECT value FROM {Quote(schema)}.meta WHERE name = 'epoch'", cancellationToken) is long epoch
            ? new Epoch((uint)epoch)
            : throw Foreign(schema, place);
    }

    internal static string Quote(string schema) => $"\"{schema}\"";

    /// <summary>Lets one node at a time change the schema, until its transaction ends.</summary>
    internal static Task LockAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock(hashtextextended('realtime schema {schema}', 0))", cancellationToken);

    /// <returns>0 where there are no tables yet.</returns>
    private static async Task<int> VersionAsync(NpgsqlConnection connection, string schema, string place, CancellationToken cancellationToken)
    {
        var tables = await ScalarAsync(
            connection,
            $"SELECT array_agg(c.relname::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{schema}' AND c.relkind = 'r'",
            cancellationToken);
        if (tables is not string[] names)
            return 0;
        // Something else may have a table of that name, too; the others tell.
        if (Tables.Except(names).Any()
            || await ScalarAsync(connection, $"SELECT value FROM {Quote(schema)}.meta WHERE name = 'version'", cancellationToken) is not long version)
        {
            throw Foreign(schema, place);
        }

        return version <= Version
            ? (int)version
            : throw new RealtimeException(
                $"The message store {place} has schema version {version}, which is newer than this program's {Version}.", isTransient: false);
    }

    private static RealtimeException Foreign(string schema, string place) => new(
        $"The message store {place} can't be opened: the schema '{schema}' holds tables of something else; give another one as Realtime:Store:Schema.",
        isTransient: false);

    internal static async Task<string> ScriptAsync(string schema, string script, int version)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{script}.{version}.sql");
        using var reader = new StreamReader(typeof(Schema).Assembly.GetManifestResourceStream(name)!);
        return (await reader.ReadToEndAsync()).Replace("@schema", Quote(schema), StringComparison.Ordinal);
    }

    internal static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
