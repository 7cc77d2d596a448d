using Realtime.Feeds.Advice;
using Realtime.Feeds.Live;
using Realtime.Feeds.Sources;
using Realtime.Feeds.Timelines;
using Realtime.Publishing;

namespace Realtime.Feeds;

/// <summary>Follows and timelines over the follow graph, the mailboxes and the authors' channels.</summary>
internal sealed class FeedService(
    IFollowGraph graph,
    FollowLists lists,
    TimelineReader reader,
    MailboxAccess mailboxes,
    MailboxKeeper keeper,
    LiveTimelines live,
    ReaderActivity activity,
    MessageDeleter deleter,
    FeedObservations observed,
    FeedOptions options) : IFeeds
{
    public async ValueTask<FollowOutcome> FollowAsync(string user, string author, CancellationToken cancellationToken)
    {
        var outcome = await graph.FollowAsync(user, author, options.MaxFollows, cancellationToken);
        if (outcome != FollowOutcome.Followed)
            return outcome;
        Changed(user);
        activity.Seen(user);
        await keeper.FillInAsync(user, author, options.Strategy, cancellationToken);
        return outcome;
    }

    public async ValueTask UnfollowAsync(string user, string author, CancellationToken cancellationToken)
    {
        if (!await graph.UnfollowAsync(user, author, cancellationToken))
            return;
        Changed(user);
        // What can't be removed now is not shown, either: reads look at who is followed.
        await mailboxes.TryAsync(store => store.RemoveAsync(user, author, cancellationToken));
    }

    public async ValueTask<int> ImportAsync(IReadOnlyList<Follow> follows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(follows);
        var added = await graph.ImportAsync(follows, cancellationToken);
        foreach (var user in follows.Select(follow => follow.User).Distinct(StringComparer.Ordinal))
            Changed(user);
        return added;
    }

    public ValueTask<UserPage> GetFollowsAsync(string user, string? after, int limit, CancellationToken cancellationToken) =>
        graph.GetFollowsAsync(user, after, limit, cancellationToken);

    public ValueTask<UserPage> GetFollowersAsync(string author, string? after, int limit, CancellationToken cancellationToken) =>
        graph.GetFollowersAsync(author, after, limit, cancellationToken);

    public async ValueTask<bool> DeletePostAsync(string author, string id, CancellationToken cancellationToken)
    {
        if (!PostRef.TryGetChannel(author, out var channel) || await deleter.DeleteAsync(channel, id, cancellationToken) is not { } deleted)
            return false;
        live.Post(deleted);
        return true;
    }

    public async ValueTask<TimelinePage> ReadTimelineAsync(TimelineRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Limit, 1);
        activity.Seen(request.User);
        await live.ReadyAsync(request.User).WaitAsync(cancellationToken);
        var follows = await lists.GetAsync(request.User, cancellationToken);
        if (request.Before == PostPosition.Newest)
            observed.Read(request.User);
        return await reader.ReadAsync(
            request.User, follows, request.Strategy ?? options.Strategy, request.Before, request.Limit, cancellationToken);
    }

    private void Changed(string user)
    {
        lists.Changed(user);
        live.FollowsChanged(user);
    }
}
