using Realtime.Stores.Sqlite.Internal;

namespace Realtime.Stores.Sqlite;

/// <summary>Push subscriptions in the state file beside the messages.</summary>
public sealed class SqlitePushSubscriptionStore(SqliteStateDatabase state) : IPushSubscriptionStore
{
    // Times are milliseconds since 1970; 0 stands for "never expires".
    internal static readonly StatePart Part = new("push-subscriptions",
    [
        """
        CREATE TABLE push_subscriptions (
            endpoint TEXT PRIMARY KEY,
            user TEXT NOT NULL,
            public_key BLOB NOT NULL,
            auth_secret BLOB NOT NULL,
            expires INTEGER NOT NULL,
            registered INTEGER NOT NULL);
        CREATE INDEX push_subscriptions_user ON push_subscriptions (user, registered);
        """,
    ]);

    private const string Insert = "INSERT OR REPLACE INTO push_subscriptions (endpoint, user, public_key, auth_secret, expires, registered) VALUES (?, ?, ?, ?, ?, ?)";

    // Rows grow in number, so of two that were registered in the same millisecond the later one is known.
    private const string DeleteOldest =
        "DELETE FROM push_subscriptions WHERE rowid IN (SELECT rowid FROM push_subscriptions WHERE user = ? ORDER BY registered DESC, rowid DESC LIMIT -1 OFFSET ?)";

    private const string Delete = "DELETE FROM push_subscriptions WHERE endpoint = ?";

    private const string DeleteOwn = "DELETE FROM push_subscriptions WHERE endpoint = ? AND user = ?";

    private const string Select = "SELECT endpoint, public_key, auth_secret, expires, registered FROM push_subscriptions WHERE user = ?";

    /// <inheritdoc/>
    public async ValueTask PutAsync(PushSubscription subscription, int maxPerUser, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPerUser, 1);
        await state.WriteAsync(
            database =>
            {
                database.For(Insert).Bind(subscription.Endpoint).Bind(subscription.User).Bind(subscription.PublicKey).Bind(subscription.AuthSecret)
                    .Bind(subscription.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0).Bind(subscription.RegisteredAt.ToUnixTimeMilliseconds()).Run();
                database.For(DeleteOldest).Bind(subscription.User).Bind(maxPerUser).Run();
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(string endpoint, string? user, CancellationToken cancellationToken) => state.WriteAsync(
        database =>
        {
            var delete = user is null ? database.For(Delete).Bind(endpoint) : database.For(DeleteOwn).Bind(endpoint).Bind(user);
            delete.Run();
            return database.Changes > 0;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PushSubscription>> FindAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(users);
        return state.ReadAsync<IReadOnlyList<PushSubscription>>(
            database => [.. users.SelectMany(user => database.For(Select).Bind(user).All(1, row => Read(user, row)))], cancellationToken);
    }

    private static PushSubscription Read(string user, Statement row) => new(
        user, row.Text(0), row.Bytes(1).ToArray(), row.Bytes(2).ToArray(), row.Int64(3) is var expires && expires == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(expires),
        DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(4)));
}
