namespace Realtime.Feeds;

/// <summary>
/// The mailboxes of readers: references to posts that were written for them ahead of time. Derived data: what is lost is pulled from the authors' channels.
/// </summary>
/// <remarks>
/// Nobody has to trust a mailbox to be complete: for each author it says up to which offset it is (<see cref="Coverage"/>), and whoever reads it pulls the
/// rest. So a push that is lost, late or repeated, a worker that is killed and a mailbox that is dropped cost a read of a source and never a post. Safe for
/// concurrent use.
/// </remarks>
public interface IMailboxStore
{
    /// <summary>Puts a post into the mailboxes of followers; one that is there already changes nothing.</summary>
    /// <param name="post">The post.</param>
    /// <param name="users">1 or more, each once.</param>
    /// <param name="rule">Who is left out.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>How many mailboxes were written to.</returns>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask<int> PushAsync(PostRef post, IReadOnlyList<string> users, PushRule rule, CancellationToken cancellationToken);

    /// <summary>Reads a part of a mailbox.</summary>
    /// <param name="user">The reader.</param>
    /// <param name="before">Gives posts before this position.</param>
    /// <param name="limit">The most posts; 1 or more.</param>
    /// <param name="isRead">Whether the reader has now read, so that budgets of unread posts begin anew.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask<MailboxPage> ReadAsync(string user, PostPosition before, int limit, bool isRead, CancellationToken cancellationToken);

    /// <summary>Puts in what was pulled, and what is now known to be complete. Creates the mailbox where there is none.</summary>
    /// <param name="user">The reader.</param>
    /// <param name="posts">What was pulled.</param>
    /// <param name="coverage">
    /// For each author, what the mailbox holds with these posts in it. One that says less than what is known already changes nothing, and neither does one that
    /// stands on what the mailbox does not hold any more.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask MergeAsync(string user, IReadOnlyList<PostRef> posts, IReadOnlyList<CoverageChange> coverage, CancellationToken cancellationToken);

    /// <summary>Removes an author's posts and coverage from a mailbox.</summary>
    /// <param name="user">The reader.</param>
    /// <param name="author">The author.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask RemoveAsync(string user, string author, CancellationToken cancellationToken);

    /// <summary>Drops a mailbox.</summary>
    /// <param name="user">The reader.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask DropAsync(string user, CancellationToken cancellationToken);
}

/// <summary>Who is left out when a post is put into mailboxes.</summary>
/// <param name="UnreadBudget">
/// The most posts of one author that are pushed to a follower between two reads of that follower; what exceeds it is left out, and coverage ends there. 0 is
/// without limit.
/// </param>
/// <param name="MakesMailboxes">Whether who has no mailbox gets one; otherwise those are left out until a read makes one.</param>
public readonly record struct PushRule(int UnreadBudget, bool MakesMailboxes)
{
    /// <summary>Nobody is left out.</summary>
    public static readonly PushRule Everybody = new(0, MakesMailboxes: true);
}

/// <summary>What a mailbox holds of one author: all posts up to an offset whose time is after another.</summary>
/// <param name="Through">The last offset; 0 for none.</param>
/// <param name="Since">The time after which posts are held, milliseconds since 1970; <see cref="long.MinValue"/> for all that are retained.</param>
public readonly record struct Coverage(long Through, long Since)
{
    /// <summary>Nothing is held.</summary>
    public static readonly Coverage None = new(0, long.MaxValue);

    /// <summary>Whether all that <paramref name="other"/> says is said here, too.</summary>
    public bool Includes(Coverage other) => Through >= other.Through && Since <= other.Since;
}

/// <summary>What a mailbox holds of an author once what was pulled is in it.</summary>
/// <param name="Author">The author.</param>
/// <param name="Base">What it must hold before; <see cref="Coverage.None"/> where what was pulled is enough.</param>
/// <param name="Coverage">What it holds then.</param>
public readonly record struct CoverageChange(string Author, Coverage Base, Coverage Coverage);

/// <summary>A part of a mailbox.</summary>
/// <param name="Exists">Whether there is a mailbox at all.</param>
/// <param name="Posts">Newest first.</param>
/// <param name="IsEnd">Whether no older posts are held.</param>
/// <param name="Floor">The position at and before which posts were dropped for want of room; <see cref="PostPosition.Oldest"/> where none were.</param>
/// <param name="Coverage">What is held of each author.</param>
public sealed record MailboxPage(
    bool Exists, IReadOnlyList<PostRef> Posts, bool IsEnd, PostPosition Floor, IReadOnlyDictionary<string, Coverage> Coverage)
{
    /// <summary>What is read where there is no mailbox.</summary>
    public static readonly MailboxPage None = new(false, [], true, PostPosition.Oldest, new Dictionary<string, Coverage>());
}
