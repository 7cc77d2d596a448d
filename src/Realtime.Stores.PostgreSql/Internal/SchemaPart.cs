using Npgsql;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>Tables of the schema that belong together and know nothing of the others, with a version of their own, kept in <c>meta</c> under their name.</summary>
/// <param name="Name">Its name in <c>meta</c>; never changed.</param>
/// <param name="Script">Version n is made from the one before by the script <c>{Script}.n.sql</c>.</param>
/// <param name="Version">The version that this program works with.</param>
internal sealed record SchemaPart(string Name, string Script, int Version)
{
    private static readonly SchemaPart[] All = [PostgreSqlPushSubscriptionStore.Part, PostgreSqlFollowGraph.Part];

    /// <summary>Brings every part to the version of this program, once the schema itself is there. Of nodes that start at once, one does it.</summary>
    internal static async Task PrepareAsync(NpgsqlConnection connection, string schema, string place, CancellationToken cancellationToken)
    {
        foreach (var part in All)
        {
            if (await part.VersionAsync(connection, schema, place, cancellationToken) < part.Version)
                await part.MigrateAsync(connection, schema, place, cancellationToken);
        }
    }

    private async Task MigrateAsync(NpgsqlConnection connection, string schema, string place, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Schema.LockAsync(connection, schema, cancellationToken);
        for (var version = await VersionAsync(connection, schema, place, cancellationToken) + 1; version <= Version; version++)
        {
            await Schema.ExecuteAsync(connection, await Schema.ScriptAsync(schema, Script, version), cancellationToken);
            await Schema.ExecuteAsync(
                connection,
                $"INSERT INTO {Schema.Quote(schema)}.meta (name, value) VALUES ('{Name}', {version}) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <returns>0 where there are no tables yet.</returns>
    private async Task<int> VersionAsync(NpgsqlConnection connection, string schema, string place, CancellationToken cancellationToken)
    {
        var found = await Schema.ScalarAsync(connection, $"SELECT value FROM {Schema.Quote(schema)}.meta WHERE name = '{Name}'", cancellationToken);
        var version = found is long known ? known : 0;
        return version <= Version
            ? (int)version
            : throw new RealtimeException(
                $"The part '{Name}' of the message store {place} has version {version}, which is newer than this program's {Version}.", isTransient: false);
    }
}
