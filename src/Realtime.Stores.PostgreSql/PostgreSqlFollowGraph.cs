using Npgsql;
using NpgsqlTypes;
using Realtime.Feeds;
using Realtime.Stores.PostgreSql.Internal;

namespace Realtime.Stores.PostgreSql;

/// <summary>The follow graph in the schema of the message store, shared by its nodes. Each call is one round trip.</summary>
public sealed class PostgreSqlFollowGraph : IFollowGraph
{
    internal static readonly SchemaPart Part = new("follows", "Follows", 1);

    private readonly PostgreSqlMessageStore _store;

    /// <summary>Creates the graph; it works once the message store is open.</summary>
    public PostgreSqlFollowGraph(PostgreSqlMessageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    /// <inheritdoc/>
    public async ValueTask<FollowOutcome> FollowAsync(string user, string author, int limit, CancellationToken cancellationToken)
    {
        Follow.RequireTwo(user, author);
        var (added, refused) = await AddAsync([new Follow(user, author)], limit, cancellationToken);
        return added > 0 ? FollowOutcome.Followed : refused > 0 ? FollowOutcome.TooMany : FollowOutcome.Already;
    }

    /// <inheritdoc/>
    public ValueTask<bool> UnfollowAsync(string user, string author, CancellationToken cancellationToken) => _store.Connections.WriteAsync(
        async connection =>
        {
            await using var command = Command(connection, "SELECT @schema.remove_follow($1, $2)", Text(user), Text(author));
            return (bool)(await command.ExecuteScalarAsync(CancellationToken.None))!;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> ImportAsync(IReadOnlyList<Follow> follows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(follows);
        foreach (var (user, author) in follows)
            Follow.RequireTwo(user, author);
        return (int)(await AddAsync(follows, long.MaxValue, cancellationToken)).Added;
    }

    /// <inheritdoc/>
    public ValueTask<UserPage> GetFollowsAsync(string user, string? after, int limit, CancellationToken cancellationToken) => PageAsync(
        """
        SELECT u.follows, p.name FROM @schema.users u LEFT JOIN LATERAL (
            SELECT a.name FROM @schema.follows f JOIN @schema.users a ON a.id = f.author
            WHERE f.follower = u.id AND a.name > $2 ORDER BY a.name LIMIT $3) p ON true
        WHERE u.name = $1 ORDER BY p.name
        """,
        user, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UserPage> GetFollowersAsync(string author, string? after, int limit, CancellationToken cancellationToken) => PageAsync(
        """
        SELECT a.followers, p.name FROM @schema.users a LEFT JOIN LATERAL (
            SELECT u.name FROM @schema.follows f JOIN @schema.users u ON u.id = f.follower
            WHERE f.author = a.id AND u.name > $2 ORDER BY u.name LIMIT $3) p ON true
        WHERE a.name = $1 ORDER BY p.name
        """,
        author, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> GetAllFollowsAsync(string user, CancellationToken cancellationToken) => ReadAsync<IReadOnlyList<string>>(
        """
        SELECT a.name FROM @schema.users u JOIN @schema.follows f ON f.follower = u.id JOIN @schema.users a ON a.id = f.author WHERE u.name = $1
        """,
        async (rows, cancel) =>
        {
            var names = new List<string>();
            while (await rows.ReadAsync(cancel))
                names.Add(rows.GetString(0));
            return names;
        },
        cancellationToken,
        Text(user));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> CountFollowersAsync(IReadOnlyList<string> authors, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(authors);
        return ReadAsync<IReadOnlyList<long>>(
            "SELECT n.place, u.followers FROM unnest($1) WITH ORDINALITY AS n (name, place) JOIN @schema.users u ON u.name = n.name",
            async (rows, cancel) =>
            {
                var counts = new long[authors.Count];
                while (await rows.ReadAsync(cancel))
                    counts[rows.GetInt64(0) - 1] = rows.GetInt64(1);
                return counts;
            },
            cancellationToken,
            Texts(authors));
    }

    /// <inheritdoc/>
    public ValueTask<FollowerChunk> GetFollowersAsync(
        string author, long after, int limit, DateTimeOffset seenFrom, DateTimeOffset seenBefore, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(
            """
            SELECT f.follower, u.name
            FROM @schema.follows f JOIN @schema.users u ON u.id = f.follower
            WHERE f.author = (SELECT a.id FROM @schema.users a WHERE a.name = $1) AND f.follower > $2 AND u.seen >= $3 AND u.seen < $4
            ORDER BY f.follower LIMIT $5
            """,
            async (rows, cancel) =>
            {
                var users = new List<string>();
                var last = 0L;
                while (await rows.ReadAsync(cancel))
                {
                    last = rows.GetInt64(0);
                    users.Add(rows.GetString(1));
                }

                return new FollowerChunk(users, users.Count == limit ? last : 0);
            },
            cancellationToken,
            Text(author),
            Number(after),
            Number(seenFrom.ToUnixTimeMilliseconds()),
            Number(seenBefore.ToUnixTimeMilliseconds()),
            Number(limit));
    }

    /// <inheritdoc/>
    public async ValueTask SeenAsync(IReadOnlyCollection<string> users, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(users);
        // Ascending, so that nodes which note the same users never wait for each other in a circle.
        var names = users.Order(StringComparer.Ordinal).ToArray();
        await _store.Connections.WriteAsync(
            async connection =>
            {
                await using var command = Command(
                    connection,
                    """
                    INSERT INTO @schema.users (name, seen) SELECT n.name, $2 FROM unnest($1) AS n (name)
                    ON CONFLICT (name) DO UPDATE SET seen = GREATEST(users.seen, excluded.seen)
                    """,
                    Texts(names),
                    Number(time.ToUnixTimeMilliseconds()));
                return await command.ExecuteNonQueryAsync(CancellationToken.None);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> LastSeenAsync(string user, CancellationToken cancellationToken) => ReadAsync(
        "SELECT seen FROM @schema.users WHERE name = $1 AND seen IS NOT NULL",
        async (rows, cancel) => await rows.ReadAsync(cancel) ? (DateTimeOffset?)DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)) : null,
        cancellationToken,
        Text(user));

    private ValueTask<UserPage> PageAsync(string sql, string user, string? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(
            sql,
            async (rows, cancel) =>
            {
                var names = new List<string>();
                var count = 0L;
                while (await rows.ReadAsync(cancel))
                {
                    count = rows.GetInt64(0);
                    if (!rows.IsDBNull(1))
                        names.Add(rows.GetString(1));
                }

                var isEnd = names.Count <= limit;
                if (!isEnd)
                    names.RemoveAt(limit);
                return new UserPage(names, count, isEnd ? null : names[^1]);
            },
            cancellationToken,
            Text(user),
            Text(after ?? ""),
            Number(limit + 1L));
    }

    private ValueTask<(long Added, long Refused)> AddAsync(IReadOnlyList<Follow> follows, long limit, CancellationToken cancellationToken) =>
        _store.Connections.WriteAsync(
            async connection =>
            {
                await using var command = Command(
                    connection,
                    "SELECT added, refused FROM @schema.add_follows($1, $2, $3)",
                    Texts(follows.Select(follow => follow.User)),
                    Texts(follows.Select(follow => follow.Author)),
                    Number(limit));
                await using var rows = await command.ExecuteReaderAsync(CancellationToken.None);
                await rows.ReadAsync(CancellationToken.None);
                var outcome = (rows.GetInt64(0), rows.GetInt64(1));
                // Only now is it committed.
                await rows.NextResultAsync(CancellationToken.None);
                return outcome;
            },
            cancellationToken);

    private ValueTask<T> ReadAsync<T>(
        string sql, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        _store.Connections.ReadAsync(
            async (connection, cancel) =>
            {
                // A call that is made again on another connection needs parameters of its own.
                await using var command = Command(connection, sql, [.. parameters.Select(parameter => parameter.Clone())]);
                await command.PrepareAsync(cancel);
                await using var rows = await command.ExecuteReaderAsync(cancel);
                return await read(rows, cancel);
            },
            cancellationToken);

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql.Replace("@schema", Schema.Quote(_store.Connections.Schema), StringComparison.Ordinal), connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Text(string value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Texts(IEnumerable<string> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter Number(long value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Bigint };
}
