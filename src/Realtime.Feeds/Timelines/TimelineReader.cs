using Realtime.Channels;
using Realtime.Feeds.Sources;

namespace Realtime.Feeds.Timelines;

/// <summary>
/// Reads timelines. What the mailbox holds for certain is taken from it, and the rest is pulled: a timeline is the same posts whatever was pushed so far.
/// </summary>
internal sealed class TimelineReader(
    AuthorHeads heads, Outboxes outboxes, PostBodies bodies, MailboxAccess mailboxes, MailboxKeeper keeper, FeedOptions options, FeedMetrics metrics)
{
    /// <param name="user">The reader.</param>
    /// <param name="follows">Whom the reader follows now.</param>
    /// <param name="strategy">How it is read.</param>
    /// <param name="before">Gives posts before this position.</param>
    /// <param name="limit">The most posts.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    internal async ValueTask<TimelinePage> ReadAsync(
        string user, IReadOnlyList<string> follows, FeedStrategy strategy, PostPosition before, int limit, CancellationToken cancellationToken)
    {
        var read = new TimelineRead(user, strategy, await SourcesAsync(user, follows, cancellationToken), before == PostPosition.Newest, limit);
        var posts = new List<Message>(limit);
        var next = before;
        var isEnd = false;
        // More than once where posts were deleted, or an author is no longer followed whose posts are still in the mailbox.
        while (posts.Count < limit && !isEnd)
        {
            var part = await CollectAsync(read, next, limit - posts.Count, cancellationToken);
            await bodies.AddAsync(part.Posts, posts, cancellationToken);
            (next, isEnd) = (part.Next, part.IsEnd);
        }

        keeper.Keep(read);
        metrics.TimelineRead(strategy, read.Cost);
        return new TimelinePage(posts, isEnd ? null : next, strategy, read.Cost);
    }

    private async ValueTask<List<Source>> SourcesAsync(string user, IReadOnlyList<string> follows, CancellationToken cancellationToken)
    {
        var authors = new List<string>(follows.Count + 1);
        authors.AddRange(follows);
        if (PostRef.TryGetChannel(user, out _))
            authors.Add(user);
        var states = await heads.ReadAsync(authors, cancellationToken);
        var sources = new List<Source>(authors.Count);
        for (var i = 0; i < states.Length; i++)
        {
            var source = new Source(authors[i], states[i]);
            if (source.HasPosts)
                sources.Add(source);
        }

        return sources;
    }

    private async ValueTask<TimelinePart> CollectAsync(TimelineRead read, PostPosition before, int limit, CancellationToken cancellationToken)
    {
        if (read.Strategy == FeedStrategy.Pull || (read.Strategy != FeedStrategy.Push && read.Sources.Count <= options.FewFollows))
            return await PullAllAsync(read, before, limit, cancellationToken);
        var isRead = read.IsFirstPage && read.Mailbox is null;
        if (await mailboxes.TryReadAsync(read.User, before, limit, isRead, cancellationToken) is not { } mailbox)
            return await PullAllAsync(read, before, limit, cancellationToken);
        read.Mailbox ??= mailbox;
        read.MailboxReads++;

        // Down to here the mailbox was read. Below are posts that it dropped, or that are for the next part: what is pulled from there would hide them.
        var low = mailbox.IsEnd ? mailbox.Floor : mailbox.Posts[^1].Position;
        var merge = new TimelineMerge();
        merge.Add(mailbox.Posts.Where(read.IsVisible));
        var pulled = read.Sources.Where(source => !Covers(mailbox, source, low)).ToList();
        await PullAsync(read, pulled, before, limit, merge, cancellationToken);
        var posts = merge.Newest(limit, low, isLowIncluded: !mailbox.IsEnd);
        read.Merged += merge.Count;
        if (posts.Count == limit)
            return new TimelinePart(posts, posts[^1].Position, IsEnd: false);
        if (!mailbox.IsEnd)
            return new TimelinePart(posts, low, IsEnd: false);
        // What is older than the mailbox is pulled, from all.
        return low == PostPosition.Oldest
            ? new TimelinePart(posts, before, IsEnd: true)
            : await PullAllAsync(read, before, limit, cancellationToken);
    }

    /// <summary>Whether a mailbox holds all posts of an author that are newer than <paramref name="low"/>.</summary>
    private static bool Covers(MailboxPage mailbox, Source source, PostPosition low) =>
        mailbox.Coverage.TryGetValue(source.Author, out var coverage)
        && coverage.Through >= source.State.Head
        && (coverage.Since == long.MinValue || coverage.Since < low.Time);

    private async ValueTask<TimelinePart> PullAllAsync(TimelineRead read, PostPosition before, int limit, CancellationToken cancellationToken)
    {
        var merge = new TimelineMerge();
        await PullAsync(read, read.Sources, before, limit, merge, cancellationToken);
        var posts = merge.Newest(limit, PostPosition.Oldest, isLowIncluded: false);
        read.Merged += merge.Count;
        return posts.Count == limit
            ? new TimelinePart(posts, posts[^1].Position, IsEnd: false)
            : new TimelinePart(posts, before, IsEnd: true);
    }

    private async ValueTask PullAsync(
        TimelineRead read, List<Source> sources, PostPosition before, int limit, TimelineMerge merge, CancellationToken cancellationToken)
    {
        if (sources.Count == 0)
            return;
        var pages = await outboxes.ReadAsync(sources, before, limit, cancellationToken);
        foreach (var page in pages)
            merge.Add(page.Posts);
        read.Pulled(pages, before);
    }
}

/// <summary>One part of a page: the posts, and where the part below begins.</summary>
internal readonly record struct TimelinePart(IReadOnlyList<PostRef> Posts, PostPosition Next, bool IsEnd);
