using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Realtime.Stores.PostgreSql.Internal;

namespace Realtime.Stores.PostgreSql;

/// <summary>Push subscriptions in the schema of the message store, shared by its nodes.</summary>
public sealed class PostgreSqlPushSubscriptionStore : IPushSubscriptionStore
{
    internal static readonly SchemaPart Part = new("push-subscriptions", "PushSubscriptions", 1);

    private readonly PostgreSqlMessageStore _store;

    /// <summary>Creates the store; it works once the message store is open.</summary>
    public PostgreSqlPushSubscriptionStore(PostgreSqlMessageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(PushSubscription subscription, int maxPerUser, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPerUser, 1);
        var connections = _store.Connections;
        // Doing it twice is harmless.
        await connections.ReadAsync((connection, cancel) => PutAsync(connection, Table(connections), subscription, maxPerUser, cancel), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(string endpoint, string? user, CancellationToken cancellationToken)
    {
        var connections = _store.Connections;
        return connections.WriteAsync(
            async connection =>
            {
                await using var delete = new NpgsqlCommand(
                    $"DELETE FROM {Table(connections)} WHERE endpoint_hash = $1 AND ($2 IS NULL OR \"user\" = $2)", connection)
                {
                    Parameters = { Bytes(Hash(endpoint)), Bytes(user is null ? null : MessageRow.Bytes(user)) },
                };
                return await delete.ExecuteNonQueryAsync(CancellationToken.None) > 0;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PushSubscription>> FindAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(users);
        var connections = _store.Connections;
        return connections.ReadAsync((connection, cancel) => FindAsync(connection, Table(connections), users, cancel), cancellationToken);
    }

    private static async Task<bool> PutAsync(
        NpgsqlConnection connection, string table, PushSubscription subscription, int maxPerUser, CancellationToken cancellationToken)
    {
        var hash = Hash(subscription.Endpoint);
        var user = MessageRow.Bytes(subscription.User);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"""
                     INSERT INTO {table} (endpoint_hash, endpoint, "user", public_key, auth_secret, expires, registered) VALUES ($1, $2, $3, $4, $5, $6, $7)
                     ON CONFLICT (endpoint_hash) DO UPDATE SET "user" = excluded."user", public_key = excluded.public_key,
                         auth_secret = excluded.auth_secret, expires = excluded.expires, registered = excluded.registered
                     """)
                {
                    Parameters =
                    {
                        Bytes(hash), new NpgsqlParameter<string> { TypedValue = subscription.Endpoint }, Bytes(user), Bytes(subscription.PublicKey),
                        Bytes(subscription.AuthSecret), Number(subscription.ExpiresAt?.ToUnixTimeMilliseconds()),
                        Number(subscription.RegisteredAt.ToUnixTimeMilliseconds()),
                    },
                },
                new($"""
                     DELETE FROM {table} WHERE endpoint_hash IN (
                         SELECT endpoint_hash FROM {table} WHERE "user" = $1 ORDER BY endpoint_hash = $2 DESC, registered DESC OFFSET $3)
                     """)
                {
                    Parameters = { Bytes(user), Bytes(hash), Number(maxPerUser) },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    private static async Task<IReadOnlyList<PushSubscription>> FindAsync(
        NpgsqlConnection connection, string table, IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        await using var select = new NpgsqlCommand(
            $"SELECT \"user\", endpoint, public_key, auth_secret, expires, registered FROM {table} WHERE \"user\" = ANY ($1)", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<byte[][]> { TypedValue = [.. users.Select(MessageRow.Bytes)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            },
        };
        var found = new List<PushSubscription>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new PushSubscription(
                Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(0)), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetFieldValue<byte[]>(3),
                reader.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5))));
        }

        return found;
    }

    private static string Table(Connections connections) => $"{Schema.Quote(connections.Schema)}.push_subscriptions";

    private static byte[] Hash(string endpoint) => SHA256.HashData(Encoding.UTF8.GetBytes(endpoint));

    private static NpgsqlParameter Bytes(byte[]? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea };

    private static NpgsqlParameter Number(long? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };
}
