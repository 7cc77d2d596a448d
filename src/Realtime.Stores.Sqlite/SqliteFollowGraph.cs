using Realtime.Feeds;
using Realtime.Stores.Sqlite.Internal;

namespace Realtime.Stores.Sqlite;

/// <summary>The follow graph in the state file beside the messages. Users are numbers there, so that a follow takes some bytes.</summary>
public sealed class SqliteFollowGraph(SqliteStateDatabase state) : IFollowGraph
{
    // Times are milliseconds since 1970; a user who was never seen has null.
    internal static readonly StatePart Part = new("follows",
    [
        """
        CREATE TABLE users (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            follows INTEGER NOT NULL DEFAULT 0,
            followers INTEGER NOT NULL DEFAULT 0,
            seen INTEGER);
        CREATE TABLE follows (author INTEGER NOT NULL, follower INTEGER NOT NULL, PRIMARY KEY (author, follower)) WITHOUT ROWID;
        CREATE INDEX follows_follower ON follows (follower, author);
        """,
    ]);

    private const string AddUser = "INSERT INTO users (name) VALUES (?) ON CONFLICT (name) DO NOTHING";

    private const string FindUser = "SELECT id, follows FROM users WHERE name = ?";

    private const string FindFollow = "SELECT 1 FROM follows WHERE author = ? AND follower = ?";

    private const string AddFollow = "INSERT INTO follows (author, follower) VALUES (?, ?) ON CONFLICT DO NOTHING";

    private const string DeleteFollow = "DELETE FROM follows WHERE author = ? AND follower = ?";

    private const string CountFollows = "UPDATE users SET follows = follows + ? WHERE id = ?";

    private const string CountFollowers = "UPDATE users SET followers = followers + ? WHERE id = ?";

    private const string Follows =
        "SELECT a.name FROM users u JOIN follows f ON f.follower = u.id JOIN users a ON a.id = f.author WHERE u.name = ? AND a.name > ? ORDER BY a.name LIMIT ?";

    private const string Followers =
        "SELECT u.name FROM users a JOIN follows f ON f.author = a.id JOIN users u ON u.id = f.follower WHERE a.name = ? AND u.name > ? ORDER BY u.name LIMIT ?";

    private const string AllFollows =
        "SELECT a.name FROM users u JOIN follows f ON f.follower = u.id JOIN users a ON a.id = f.author WHERE u.name = ?";

    // Unary plus: the order is that of the follows, whatever else the planner would like to begin with.
    private const string Chunk =
        """
        SELECT f.follower, u.name FROM follows f CROSS JOIN users u ON u.id = f.follower
        WHERE f.author = ? AND f.follower > ? AND +u.seen >= ? AND +u.seen < ?
        ORDER BY f.follower LIMIT ?
        """;

    private const string Seen =
        "INSERT INTO users (name, seen) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seen = max(ifnull(seen, excluded.seen), excluded.seen)";

    /// <inheritdoc/>
    public ValueTask<FollowOutcome> FollowAsync(string user, string author, int limit, CancellationToken cancellationToken)
    {
        Follow.RequireTwo(user, author);
        return state.WriteAsync(
            database =>
            {
                var (follower, follows) = Number(database, user);
                var (followed, _) = Number(database, author);
                if (database.For(FindFollow).Bind(followed).Bind(follower).One(row => row.Int64(0)) != 0)
                    return FollowOutcome.Already;
                if (follows >= limit)
                    return FollowOutcome.TooMany;
                Add(database, follower, followed);
                return FollowOutcome.Followed;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> UnfollowAsync(string user, string author, CancellationToken cancellationToken) => state.WriteAsync(
        database =>
        {
            if (Find(database, user) is not { } follower || Find(database, author) is not { } followed)
                return false;
            database.For(DeleteFollow).Bind(followed.Id).Bind(follower.Id).Run();
            if (database.Changes == 0)
                return false;
            Count(database, follower.Id, followed.Id, -1);
            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ImportAsync(IReadOnlyList<Follow> follows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(follows);
        foreach (var (user, author) in follows)
            Follow.RequireTwo(user, author);
        return state.WriteAsync(
            database =>
            {
                var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
                return follows.Count(follow => Add(database, NumberOf(follow.User), NumberOf(follow.Author)));

                long NumberOf(string name)
                {
                    if (!numbers.TryGetValue(name, out var number))
                        numbers.Add(name, number = Number(database, name).Id);
                    return number;
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<UserPage> GetFollowsAsync(string user, string? after, int limit, CancellationToken cancellationToken) =>
        PageAsync(Follows, "SELECT follows FROM users WHERE name = ?", user, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<UserPage> GetFollowersAsync(string author, string? after, int limit, CancellationToken cancellationToken) =>
        PageAsync(Followers, "SELECT followers FROM users WHERE name = ?", author, after, limit, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> GetAllFollowsAsync(string user, CancellationToken cancellationToken) =>
        state.ReadAsync<IReadOnlyList<string>>(database => database.For(AllFollows).Bind(user).All(16, row => row.Text(0)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> CountFollowersAsync(IReadOnlyList<string> authors, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(authors);
        return state.ReadAsync<IReadOnlyList<long>>(
            database => [.. authors.Select(author => database.For("SELECT followers FROM users WHERE name = ?").Bind(author).One(row => row.Int64(0)))],
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<FollowerChunk> GetFollowersAsync(
        string author, long after, int limit, DateTimeOffset seenFrom, DateTimeOffset seenBefore, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return state.ReadAsync(
            database =>
            {
                if (Find(database, author) is not { } followed)
                    return new FollowerChunk([], 0);
                var found = database.For(Chunk).Bind(followed.Id).Bind(after)
                    .Bind(seenFrom.ToUnixTimeMilliseconds()).Bind(seenBefore.ToUnixTimeMilliseconds()).Bind(limit)
                    .All(limit, row => (Id: row.Int64(0), Name: row.Text(1)));
                return new FollowerChunk(found.ConvertAll(user => user.Name), found.Count == limit ? found[^1].Id : 0);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SeenAsync(IReadOnlyCollection<string> users, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(users);
        await state.WriteAsync(
            database =>
            {
                foreach (var user in users)
                    database.For(Seen).Bind(user).Bind(time.ToUnixTimeMilliseconds()).Run();
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> LastSeenAsync(string user, CancellationToken cancellationToken) => state.ReadAsync(
        database => database.For("SELECT seen FROM users WHERE name = ? AND seen IS NOT NULL").Bind(user)
            .One(row => (DateTimeOffset?)DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(0))),
        cancellationToken);

    private ValueTask<UserPage> PageAsync(string names, string count, string user, string? after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return state.ReadAsync(
            database =>
            {
                var found = database.For(names).Bind(user).Bind(after ?? "").Bind(limit + 1L).All(limit + 1, row => row.Text(0));
                var isEnd = found.Count <= limit;
                if (!isEnd)
                    found.RemoveAt(limit);
                return new UserPage(found, database.For(count).Bind(user).One(row => row.Int64(0)), isEnd ? null : found[^1]);
            },
            cancellationToken);
    }

    private static (long Id, long Follows)? Find(Database database, string name) =>
        database.For(FindUser).Bind(name).One(row => ((long, long)?)(row.Int64(0), row.Int64(1)));

    private static (long Id, long Follows) Number(Database database, string name)
    {
        if (Find(database, name) is { } known)
            return known;
        database.For(AddUser).Bind(name).Run();
        return Find(database, name)!.Value;
    }

    private static bool Add(Database database, long follower, long author)
    {
        database.For(AddFollow).Bind(author).Bind(follower).Run();
        if (database.Changes == 0)
            return false;
        Count(database, follower, author, 1);
        return true;
    }

    private static void Count(Database database, long follower, long author, int change)
    {
        database.For(CountFollows).Bind(change).Bind(follower).Run();
        database.For(CountFollowers).Bind(change).Bind(author).Run();
    }
}
