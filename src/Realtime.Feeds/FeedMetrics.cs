using System.Diagnostics.Metrics;
using Realtime.Diagnostics;

namespace Realtime.Feeds;

/// <summary>What feeds cost, as metrics and as totals since the start.</summary>
internal sealed class FeedMetrics
{
    private readonly Counter<long> _posts;
    private readonly Counter<long> _writes;
    private readonly Counter<long> _reads;
    private readonly Counter<long> _sources;
    private readonly Counter<long> _fanouts;
    private readonly Histogram<double> _fanout;
    private readonly Counter<long> _repairs;
    private long _postTotal;
    private long _writeTotal;
    private long _readTotal;
    private long _sourceTotal;
    private long _mailboxReadTotal;
    private long _repairTotal;
    private long _repairWriteTotal;
    private long _followerTotal;
    private long _followersMax;

    public FeedMetrics(RealtimeMetrics metrics)
    {
        var meter = metrics.Meter;
        _posts = meter.CreateCounter<long>("realtime.feeds.posts", "{post}", "Posts that this node committed.");
        _writes = meter.CreateCounter<long>("realtime.feeds.mailbox.writes", "{write}", "Posts put into mailboxes by fan-out.");
        _reads = meter.CreateCounter<long>("realtime.feeds.timeline.reads", "{read}", "Pages of timelines, by strategy.");
        _sources = meter.CreateCounter<long>("realtime.feeds.source.reads", "{read}", "Authors that reads of timelines looked into.");
        _fanouts = meter.CreateCounter<long>("realtime.feeds.fanouts", "{post}", "Fan-outs, by result: done, spared (the author is pulled), dropped (no room).");
        _fanout = meter.CreateHistogram<double>("realtime.feeds.fanout.duration", "s", "From a post to the end of its fan-out.");
        _repairs = meter.CreateCounter<long>("realtime.feeds.mailbox.repairs", "{repair}", "Mailboxes that were filled in after a read, by result.");
    }

    /// <summary>Totals since the start.</summary>
    internal FeedTotals Totals => new(
        Volatile.Read(ref _postTotal),
        Volatile.Read(ref _followerTotal),
        Volatile.Read(ref _followersMax),
        Volatile.Read(ref _writeTotal),
        Volatile.Read(ref _readTotal),
        Volatile.Read(ref _mailboxReadTotal),
        Volatile.Read(ref _sourceTotal),
        Volatile.Read(ref _repairTotal),
        Volatile.Read(ref _repairWriteTotal));

    internal void Posted(int count)
    {
        _posts.Add(count);
        Interlocked.Add(ref _postTotal, count);
    }

    /// <summary>Notes how many followers an author had who posted.</summary>
    internal void Followers(long count)
    {
        Interlocked.Add(ref _followerTotal, count);
        for (var max = Volatile.Read(ref _followersMax); count > max;)
        {
            var seen = Interlocked.CompareExchange(ref _followersMax, count, max);
            if (seen == max)
                break;
            max = seen;
        }
    }

    internal void Pushed(int writes)
    {
        _writes.Add(writes);
        Interlocked.Add(ref _writeTotal, writes);
    }

    internal void TimelineRead(FeedStrategy strategy, TimelineCost cost)
    {
        _reads.Add(1, new KeyValuePair<string, object?>("strategy", FeedStrategies.NameOf(strategy)));
        _sources.Add(cost.SourceReads);
        Interlocked.Increment(ref _readTotal);
        Interlocked.Add(ref _mailboxReadTotal, cost.MailboxReads);
        Interlocked.Add(ref _sourceTotal, cost.SourceReads);
    }

    internal void FannedOut(string result, TimeSpan? took)
    {
        _fanouts.Add(1, new KeyValuePair<string, object?>("result", result));
        if (took is { } time)
            _fanout.Record(time.TotalSeconds);
    }

    internal void Repaired(int writes)
    {
        _repairs.Add(1, new KeyValuePair<string, object?>("result", "done"));
        Interlocked.Increment(ref _repairTotal);
        Interlocked.Add(ref _repairWriteTotal, writes);
    }

    internal void RepairFailed() => _repairs.Add(1, new KeyValuePair<string, object?>("result", "failed"));
}

/// <summary>What feeds did since the start.</summary>
/// <param name="Posts">Posts that were committed here.</param>
/// <param name="Followers">The followers of their authors, summed over the posts whose fan-out began.</param>
/// <param name="FollowersMax">The most followers of an author among them.</param>
/// <param name="MailboxWrites">Posts put into mailboxes by fan-out.</param>
/// <param name="TimelineReads">Pages of timelines.</param>
/// <param name="MailboxReads">Reads of mailboxes for them.</param>
/// <param name="SourceReads">Authors that they looked into.</param>
/// <param name="Repairs">Mailboxes that were filled in after a read.</param>
/// <param name="RepairWrites">Posts put into mailboxes by that, or authors whose coverage was noted, whichever are more.</param>
internal readonly record struct FeedTotals(
    long Posts, long Followers, long FollowersMax, long MailboxWrites, long TimelineReads, long MailboxReads, long SourceReads, long Repairs, long RepairWrites);
