using Realtime.Channels;

namespace Realtime.Feeds;

/// <summary>Follows and timelines, as transports offer them. Safe for concurrent use.</summary>
public interface IFeeds
{
    /// <summary>Lets a user follow an author, whose newest posts are in the user's timeline at once.</summary>
    /// <param name="user">The follower.</param>
    /// <param name="author">Another user, who can have a channel of posts.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask<FollowOutcome> FollowAsync(string user, string author, CancellationToken cancellationToken);

    /// <summary>Ends a follow; the author's posts leave the user's timeline at once.</summary>
    ValueTask UnfollowAsync(string user, string author, CancellationToken cancellationToken);

    /// <inheritdoc cref="IFollowGraph.ImportAsync"/>
    ValueTask<int> ImportAsync(IReadOnlyList<Follow> follows, CancellationToken cancellationToken);

    /// <inheritdoc cref="IFollowGraph.GetFollowsAsync"/>
    ValueTask<UserPage> GetFollowsAsync(string user, string? after, int limit, CancellationToken cancellationToken);

    /// <inheritdoc cref="IFollowGraph.GetFollowersAsync(string, string?, int, CancellationToken)"/>
    ValueTask<UserPage> GetFollowersAsync(string author, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Deletes a post, from every timeline.</summary>
    /// <returns>False where the author has no such post.</returns>
    ValueTask<bool> DeletePostAsync(string author, string id, CancellationToken cancellationToken);

    /// <summary>Reads a page of a timeline: the posts of the user and of those that the user follows, newest first.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask<TimelinePage> ReadTimelineAsync(TimelineRequest request, CancellationToken cancellationToken);
}

/// <summary>What of a timeline is asked for.</summary>
/// <param name="User">The reader.</param>
/// <param name="Strategy">How it is read; the setting's where null. The posts are the same.</param>
/// <param name="Before">Gives posts before this position; <see cref="PostPosition.Newest"/> for the newest.</param>
/// <param name="Limit">The most posts; 1 or more.</param>
public sealed record TimelineRequest(string User, FeedStrategy? Strategy, PostPosition Before, int Limit);

/// <summary>A page of a timeline.</summary>
/// <param name="Posts">Newest first.</param>
/// <param name="Next">What the next page is before; null at the end.</param>
/// <param name="Strategy">How it was read.</param>
/// <param name="Cost">What reading it took.</param>
public sealed record TimelinePage(IReadOnlyList<Message> Posts, PostPosition? Next, FeedStrategy Strategy, TimelineCost Cost);

/// <summary>What reading a page of a timeline took.</summary>
/// <param name="MailboxReads">Reads of the mailbox.</param>
/// <param name="SourceReads">Authors whose channels were looked into.</param>
/// <param name="Merged">References that were merged.</param>
public readonly record struct TimelineCost(int MailboxReads, int SourceReads, int Merged);
