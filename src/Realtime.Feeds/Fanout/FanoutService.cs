using Microsoft.Extensions.Hosting;
using Realtime.Channels;
using Realtime.Feeds.Advice;
using Realtime.Feeds.Live;
using Realtime.Feeds.Sources;
using Realtime.Publishing;
using Realtime.Stores;

namespace Realtime.Feeds.Fanout;

/// <summary>Brings posts to followers: live to those who are connected, and into mailboxes. Publishers wait for none of it.</summary>
internal sealed class FanoutService(
    IFollowGraph graph,
    IMailboxStore mailboxes,
    IFanoutDispatcher dispatcher,
    AuthorHeads heads,
    PostBodies bodies,
    AuthorSides sides,
    LiveTimelines live,
    FeedOptions options,
    FeedMetrics metrics,
    FeedObservations observed,
    TimeProvider time) : BackgroundService, ILogObserver
{
    /// <summary>Followers in a chunk: few milliseconds of work, after which other posts have their turn.</summary>
    private const int ChunkSize = 1_000;

    /// <summary>Who read within it gets posts before the other active followers.</summary>
    private static readonly TimeSpan RecentFor = TimeSpan.FromMinutes(15);

    // Under push everybody has a mailbox; otherwise those for whom a read found it worth one.
    private readonly PushRule _rule = new(
        options.Strategy == FeedStrategy.Auto ? options.UnreadBudget : 0, options.Strategy == FeedStrategy.Push || options.FewFollows == 0);

    public void Committed(IReadOnlyList<ChannelBatch> commit)
    {
        heads.Committed(commit);
        foreach (var batch in commit)
        {
            if (!PostRef.IsPosts(batch.Channel))
                continue;
            metrics.Posted(batch.Messages.Count);
            observed.Posted(PostRef.AuthorOf(batch.Channel), batch.Messages.Count);
            foreach (var message in batch.Messages)
            {
                live.Post(message);
                // Where everybody pulls, nothing is written for anybody.
                if (options.Strategy != FeedStrategy.Pull && !dispatcher.TryEnqueue(new FanoutJob(PostRef.Of(message), FanoutPass.Recent, 0)))
                    metrics.FannedOut("dropped", null);
            }
        }
    }

    public void Deleted(Message message) => bodies.Deleted(message);

    public void Trimmed(TrimmedChannel channel) => heads.Trimmed(channel);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => dispatcher.RunAsync(WorkAsync, stoppingToken);

    /// <summary>Does one chunk of a fan-out.</summary>
    internal async ValueTask<FanoutJob?> WorkAsync(FanoutJob job, CancellationToken cancellationToken)
    {
        if (job is { Pass: FanoutPass.Recent, After: 0 } && !await IsPushedAsync(job.Post.Author, cancellationToken))
        {
            metrics.FannedOut("spared", null);
            return null;
        }

        var now = time.GetUtcNow();
        var (seenFrom, seenBefore) = job.Pass == FanoutPass.Recent
            ? (now - RecentFor, DateTimeOffset.MaxValue)
            : (now - options.InactiveAfter, now - RecentFor);
        var chunk = seenFrom < seenBefore
            ? await graph.GetFollowersAsync(job.Post.Author, job.After, ChunkSize, seenFrom, seenBefore, cancellationToken)
            : new FollowerChunk([], 0);
        if (chunk.Users.Count > 0)
        {
            observed.Reached(chunk.Users.Count);
            metrics.Pushed(await mailboxes.PushAsync(job.Post, chunk.Users, _rule, cancellationToken));
        }

        if (chunk.Next != 0)
            return job with { After = chunk.Next };
        if (job.Pass == FanoutPass.Recent)
            return job with { Pass = FanoutPass.Active, After = 0 };
        metrics.FannedOut("done", time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(job.Post.Position.Time));
        return null;
    }

    private async ValueTask<bool> IsPushedAsync(string author, CancellationToken cancellationToken)
    {
        var (followers, isPulled) = await sides.OfAsync(author, cancellationToken);
        metrics.Followers(followers);
        var isPushed = followers > 0 && (options.Strategy == FeedStrategy.Push || !isPulled);
        observed.FanOut(author, followers, isPushed);
        return isPushed;
    }
}
