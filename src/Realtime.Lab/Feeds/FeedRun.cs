using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Realtime.Feeds;
using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Results;
using Realtime.Publishing;

namespace Realtime.Lab.Feeds;

/// <summary>Plays a workload through one strategy: each post with its whole fan-out, each read with what is kept behind it, one after the other.</summary>
internal sealed class FeedRun(FeedActivity activity, FeedCase ofCase, UnitCosts units, Action<double>? progress)
{
    private const int Page = 50;

    /// <summary>Every so many reads the page goes into the checksum.</summary>
    private const int SampleEvery = 37;

    /// <summary>Posts that a follower asks for at once, behind the workload.</summary>
    private const int FreshPosts = 200;

    private readonly LatencyMeter _publish = new(), _fanOut = new(), _read = new();
    private readonly XxHash64 _checksum = new();
    private readonly long[] _lastRead = new long[activity.Users];
    private readonly int[] _reads = new int[activity.Users];
    private readonly int[] _follows = new int[activity.Users];
    private readonly long[] _writesOfAuthor = new long[activity.Users];
    private readonly long[] _readsForReader = new long[activity.Users];
    private long _posts, _pages, _checks, _sampled;

    public async Task<FeedResult> RunAsync(CancellationToken cancellationToken)
    {
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        var clock = new WorkloadClock(activity.Events[0].Time);
        await using var node = await FeedNode.StartAsync(ofCase.Options(), clock, cancellationToken);
        foreach (var chunk in activity.Follows.Chunk(10_000))
            await node.Feeds.ImportAsync([.. chunk.Select(edge => new Follow(Name(edge.Follower), Name(edge.Author)))], cancellationToken);
        foreach (var edge in activity.Follows)
            _follows[edge.Follower]++;
        Array.Fill(_lastRead, long.MinValue);

        var cpu = MachineMeter.OwnCpuTime();
        for (var i = 0; i < activity.Events.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (i % 10_000 == 0)
                progress?.Invoke((double)i / activity.Events.Count);
            var next = activity.Events[i];
            clock.Now = next.Time;
            await (next.IsRead ? ReadAsync(node, next, cancellationToken) : PostAsync(node, next, cancellationToken));
        }

        cpu = MachineMeter.OwnCpuTime() - cpu;
        var totals = node.Totals;
        var unread = await UnreadAsync(node, cancellationToken);
        var used = GC.GetTotalMemory(forceFullCollection: true) - memory;
        var freshness = await FreshnessAsync(node, clock, cancellationToken);
        var choice = (units.MailboxWrite * totals.MailboxWrites + units.Repair * totals.RepairWrites + units.SourceRead * totals.SourceReads) / 1e9;
        return new FeedResult
        {
            Case = ofCase,
            Posts = _posts,
            Reads = _pages,
            MailboxWrites = totals.MailboxWrites,
            RepairWrites = totals.RepairWrites,
            MailboxReads = totals.MailboxReads,
            SourceReads = totals.SourceReads,
            HeadChecks = _checks,
            NeverRead = unread.Sum(),
            NeverReadByActivity = unread,
            HottestAuthorWrites = _writesOfAuthor.Max(),
            HottestReaderReads = _readsForReader.Max(),
            CpuSeconds = cpu.TotalSeconds,
            MemoryBytes = used,
            ChoiceSeconds = choice,
            CostSeconds = choice + (units.MailboxRead * totals.MailboxReads + units.HeadCheck * _checks) / 1e9,
            Publish = _publish.Summarize(),
            FanOut = _fanOut.Summarize(),
            Read = _read.Summarize(),
            Freshness = freshness,
            Checksum = _checksum.GetCurrentHashAsUInt64(),
            SampledPages = _sampled,
        };
    }

    private async ValueTask PostAsync(FeedNode node, FeedEvent post, CancellationToken cancellationToken)
    {
        var author = Name(post.User);
        var id = FormattableString.Invariant($"p{_posts++:d9}");
        var before = node.Totals.MailboxWrites;
        var start = LabClock.Now;
        var result = await node.Publisher.PublishAsync(new PublishRequest(PostRef.ChannelOf(author), id, "message", author, Encoding.UTF8.GetBytes($"\"{id}\"")));
        _publish.Record(LabClock.Now - start);
        if (result.Outcome != PublishOutcome.Created)
            throw new LabException($"A post was not taken: {result.Outcome}.");
        if (node.Fanout.Depth == 0)
            return;
        await node.Fanout.CompleteAsync(cancellationToken);
        _fanOut.Record(LabClock.Now - start);
        _writesOfAuthor[post.User] += node.Totals.MailboxWrites - before;
    }

    private async ValueTask ReadAsync(FeedNode node, FeedEvent read, CancellationToken cancellationToken)
    {
        var start = LabClock.Now;
        var page = await node.Feeds.ReadTimelineAsync(new TimelineRequest(Name(read.User), null, PostPosition.Newest, Page), cancellationToken);
        _read.Record(LabClock.Now - start);
        await node.SettleAsync(cancellationToken);
        _lastRead[read.User] = read.Time;
        _reads[read.User]++;
        _checks += _follows[read.User] + 1;
        _readsForReader[read.User] += page.Cost.SourceReads + page.Cost.MailboxReads;
        if (_pages++ % SampleEvery != 0)
            return;
        _sampled++;
        _checksum.Append(MemoryMarshal.AsBytes<char>(string.Join(',', page.Posts.Select(message => message.Id))));
    }

    /// <summary>Posts of authors all over the graph, each asked for by a follower as soon as it is acknowledged, before any fan-out.</summary>
    private async ValueTask<LatencySummary?> FreshnessAsync(FeedNode node, WorkloadClock clock, CancellationToken cancellationToken)
    {
        var meter = new LatencyMeter();
        var step = Math.Max(1, activity.Follows.Count / FreshPosts);
        for (var i = 0; i < activity.Follows.Count; i += step)
        {
            var (follower, author) = (Name(activity.Follows[i].Follower), Name(activity.Follows[i].Author));
            var id = FormattableString.Invariant($"fresh{i}");
            clock.Now++;
            var start = LabClock.Now;
            await node.Publisher.PublishAsync(new PublishRequest(PostRef.ChannelOf(author), id, "message", author, "\"\""u8.ToArray()));
            var page = await node.Feeds.ReadTimelineAsync(new TimelineRequest(follower, null, PostPosition.Newest, Page), cancellationToken);
            meter.Record(LabClock.Now - start);
            if (page.Posts.Count == 0 || page.Posts[0].Id != id)
                throw new LabException($"{ofCase.Name}: a follower who asked at once did not get an acknowledged post.");
            await node.Fanout.CompleteAsync(cancellationToken);
            await node.SettleAsync(cancellationToken);
        }

        return meter.Summarize();
    }

    /// <summary>Posts in mailboxes that are newer than the last read, of readers who never read, read up to three times, and more often.</summary>
    private async ValueTask<long[]> UnreadAsync(FeedNode node, CancellationToken cancellationToken)
    {
        var unread = new long[3];
        for (var user = 0; user < activity.Users; user++)
        {
            var mailbox = await node.Mailboxes.ReadAsync(Name(user), PostPosition.Newest, int.MaxValue, isRead: false, cancellationToken);
            unread[_reads[user] switch { 0 => 0, <= 3 => 1, _ => 2 }] += mailbox.Posts.Count(post => post.Position.Time > _lastRead[user]);
        }

        return unread;
    }

    private static string Name(int user) => FormattableString.Invariant($"u{user}");
}
