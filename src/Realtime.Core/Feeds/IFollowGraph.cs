namespace Realtime.Feeds;

/// <summary>Who follows whom, and when each user was last seen reading. Safe for concurrent use; what it has answered is durable.</summary>
public interface IFollowGraph
{
    /// <summary>Lets a user follow an author; following again changes nothing.</summary>
    /// <param name="user">The follower.</param>
    /// <param name="author">The author, another one.</param>
    /// <param name="limit">The most authors that a user may follow.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask<FollowOutcome> FollowAsync(string user, string author, int limit, CancellationToken cancellationToken);

    /// <summary>Ends a follow.</summary>
    /// <returns>Whether there was one.</returns>
    ValueTask<bool> UnfollowAsync(string user, string author, CancellationToken cancellationToken);

    /// <summary>Adds many follows at once; those that are there already change nothing.</summary>
    /// <param name="follows">1 or more; nobody follows himself in them. The limit of authors is not applied.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>How many are new.</returns>
    ValueTask<int> ImportAsync(IReadOnlyList<Follow> follows, CancellationToken cancellationToken);

    /// <summary>The authors that a user follows, by name.</summary>
    /// <param name="user">The follower.</param>
    /// <param name="after">Gives names after this one, ordinal; null from the first.</param>
    /// <param name="limit">The most names; 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<UserPage> GetFollowsAsync(string user, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>The followers of an author, by name.</summary>
    /// <inheritdoc cref="GetFollowsAsync"/>
    ValueTask<UserPage> GetFollowersAsync(string author, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>All authors that a user follows, in no order.</summary>
    ValueTask<IReadOnlyList<string>> GetAllFollowsAsync(string user, CancellationToken cancellationToken);

    /// <summary>How many followers each of the authors has, in their order.</summary>
    ValueTask<IReadOnlyList<long>> CountFollowersAsync(IReadOnlyList<string> authors, CancellationToken cancellationToken);

    /// <summary>A part of an author's followers for a fan-out: those who were seen within a span of time. Each follower is in one part, whatever changes meanwhile.</summary>
    /// <param name="author">The author.</param>
    /// <param name="after">0, or <see cref="FollowerChunk.Next"/> of the part before.</param>
    /// <param name="limit">The most followers; 1 or more.</param>
    /// <param name="seenFrom">The first time of the span.</param>
    /// <param name="seenBefore">The end of the span, not included.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<FollowerChunk> GetFollowersAsync(
        string author, long after, int limit, DateTimeOffset seenFrom, DateTimeOffset seenBefore, CancellationToken cancellationToken);

    /// <summary>Notes when users were last seen reading; an earlier time than what is known changes nothing.</summary>
    /// <param name="users">1 or more, each once.</param>
    /// <param name="time">The time.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask SeenAsync(IReadOnlyCollection<string> users, DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>When a user was last seen reading; null for never.</summary>
    ValueTask<DateTimeOffset?> LastSeenAsync(string user, CancellationToken cancellationToken);
}

/// <summary>One user's following of another.</summary>
/// <param name="User">The follower.</param>
/// <param name="Author">The author.</param>
public readonly record struct Follow(string User, string Author)
{
    /// <summary>Checks that a follow has two sides, for implementations.</summary>
    /// <exception cref="ArgumentException">One of the names is empty, or both are the same.</exception>
    public static void RequireTwo(string user, string author)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        ArgumentException.ThrowIfNullOrEmpty(author);
        if (user == author)
            throw new ArgumentException("Nobody follows himself.", nameof(author));
    }
}

/// <summary>What became of a wish to follow.</summary>
public enum FollowOutcome
{
    /// <summary>The user follows the author from now on.</summary>
    Followed,

    /// <summary>The user did so already.</summary>
    Already,

    /// <summary>The user follows as many as one may.</summary>
    TooMany,
}

/// <summary>A part of a list of users.</summary>
/// <param name="Users">By name, ordinal.</param>
/// <param name="Count">How many the whole list holds.</param>
/// <param name="Next">The name to go on after; null at the end.</param>
public sealed record UserPage(IReadOnlyList<string> Users, long Count, string? Next);

/// <summary>A part of an author's followers.</summary>
/// <param name="Users">In the order of the graph's own.</param>
/// <param name="Next">Where the next part begins; 0 at the end.</param>
public sealed record FollowerChunk(IReadOnlyList<string> Users, long Next);
