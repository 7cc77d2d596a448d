using System.Diagnostics.CodeAnalysis;

namespace Realtime.Feeds;

/// <summary>A follow graph without a disk: for tests, for comparison, and beside a message store in memory.</summary>
public sealed class InMemoryFollowGraph : IFollowGraph
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, User> _users = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<FollowOutcome> FollowAsync(string user, string author, int limit, CancellationToken cancellationToken)
    {
        Follow.RequireTwo(user, author);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var follower = UserOf(user);
            if (follower.Follows.ContainsKey(author))
                return new(FollowOutcome.Already);
            if (follower.Follows.Count >= limit)
                return new(FollowOutcome.TooMany);
            Add(follower, UserOf(author));
            return new(FollowOutcome.Followed);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> UnfollowAsync(string user, string author, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!TryGet(user, out var follower) || !follower.Follows.Remove(author, out var followed))
                return new(false);
            followed.Followers.Remove(follower.Number);
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> ImportAsync(IReadOnlyList<Follow> follows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(follows);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var (user, author) in follows)
            Follow.RequireTwo(user, author);
        var added = 0;
        lock (_lock)
        {
            foreach (var (user, author) in follows)
            {
                var follower = UserOf(user);
                if (follower.Follows.ContainsKey(author))
                    continue;
                Add(follower, UserOf(author));
                added++;
            }
        }

        return new(added);
    }

    /// <inheritdoc/>
    public ValueTask<UserPage> GetFollowsAsync(string user, string? after, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new(Page(TryGet(user, out var follower) ? follower.Follows.Keys : [], after, limit));
    }

    /// <inheritdoc/>
    public ValueTask<UserPage> GetFollowersAsync(string author, string? after, int limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new(Page(TryGet(author, out var followed) ? [.. followed.Followers.Values.Select(user => user.Name)] : [], after, limit));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> GetAllFollowsAsync(string user, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new(TryGet(user, out var follower) ? [.. follower.Follows.Keys] : []);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> CountFollowersAsync(IReadOnlyList<string> authors, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(authors);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new([.. authors.Select(author => TryGet(author, out var followed) ? followed.Followers.Count : 0L)]);
    }

    /// <inheritdoc/>
    public ValueTask<FollowerChunk> GetFollowersAsync(
        string author, long after, int limit, DateTimeOffset seenFrom, DateTimeOffset seenBefore, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        var users = new List<string>();
        lock (_lock)
        {
            if (!TryGet(author, out var followed))
                return new(new FollowerChunk(users, 0));
            var followers = followed.Followers;
            for (var index = followers.IndexAfter(after); index < followers.Count; index++)
            {
                var follower = followers.Values[index];
                if (follower.Seen is not { } seen || seen < seenFrom || seen >= seenBefore)
                    continue;
                users.Add(follower.Name);
                if (users.Count == limit)
                    return new(new FollowerChunk(users, index + 1 < followers.Count ? follower.Number : 0));
            }
        }

        return new(new FollowerChunk(users, 0));
    }

    /// <inheritdoc/>
    public ValueTask SeenAsync(IReadOnlyCollection<string> users, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(users);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var name in users)
            {
                var user = UserOf(name);
                user.Seen = user.Seen > time ? user.Seen : time;
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> LastSeenAsync(string user, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new(TryGet(user, out var known) ? known.Seen : null);
    }

    private static UserPage Page(IReadOnlyCollection<string> names, string? after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var found = names.Where(name => after is null || string.CompareOrdinal(name, after) > 0).Order(StringComparer.Ordinal).Take(limit + 1).ToList();
        var isEnd = found.Count <= limit;
        if (!isEnd)
            found.RemoveAt(limit);
        return new UserPage(found, names.Count, isEnd ? null : found[^1]);
    }

    private static void Add(User follower, User author)
    {
        follower.Follows.Add(author.Name, author);
        author.Followers.Add(follower);
    }

    private bool TryGet(string name, [NotNullWhen(true)] out User? user) => _users.TryGetValue(name, out user);

    private User UserOf(string name)
    {
        if (!_users.TryGetValue(name, out var user))
            _users.Add(name, user = new User(name, _users.Count + 1));
        return user;
    }

    private sealed class User(string name, long number)
    {
        internal string Name => name;

        /// <summary>1, 2, 3 … in the order in which users were first heard of.</summary>
        internal long Number => number;

        internal DateTimeOffset? Seen { get; set; }

        internal Dictionary<string, User> Follows { get; } = new(StringComparer.Ordinal);

        internal FollowerList Followers { get; } = new();
    }

    /// <summary>Followers ascending by number, so that a fan-out can go on where it was.</summary>
    private sealed class FollowerList
    {
        private readonly List<User> _users = [];

        internal int Count => _users.Count;

        internal List<User> Values => _users;

        internal void Add(User user) => _users.Insert(IndexAfter(user.Number), user);

        internal void Remove(long number) => _users.RemoveAt(IndexAfter(number) - 1);

        /// <summary>The index of the first follower with a higher number.</summary>
        internal int IndexAfter(long number)
        {
            var (low, high) = (0, _users.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (_users[middle].Number <= number)
                    low = middle + 1;
                else
                    high = middle;
            }

            return low;
        }
    }
}
