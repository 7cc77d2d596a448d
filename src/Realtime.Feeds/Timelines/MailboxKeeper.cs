using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Realtime.Feeds.Fanout;
using Realtime.Feeds.Sources;

namespace Realtime.Feeds.Timelines;

/// <summary>
/// Puts into mailboxes what reads had to pull, behind the reads, so that the next one finds it there: what an unread budget held back, what was written before
/// a follow, the whole mailbox of a reader who comes back. What there is no room for is pulled again at the next read.
/// </summary>
internal sealed class MailboxKeeper : BackgroundService
{
    private const int MaxWaiting = 10_000;

    /// <summary>Pages, so that the next read finds its first one there even if an author's posts of one millisecond are many.</summary>
    private const int KeptPages = 2;

    private readonly Channel<MailboxRepair> _waiting = Channel.CreateBounded<MailboxRepair>(new BoundedChannelOptions(MaxWaiting)
    {
        SingleReader = true,
        SingleWriter = false,
        FullMode = BoundedChannelFullMode.Wait,
        AllowSynchronousContinuations = false,
    });

    private readonly MailboxAccess _mailboxes;
    private readonly AuthorHeads _heads;
    private readonly Outboxes _outboxes;
    private readonly AuthorSides _sides;
    private readonly FeedOptions _options;
    private readonly FeedMetrics _metrics;
    private int _open;
    private TaskCompletionSource? _idle;

    public MailboxKeeper(MailboxAccess mailboxes, AuthorHeads heads, Outboxes outboxes, AuthorSides sides, FeedOptions options, FeedMetrics metrics)
    {
        _mailboxes = mailboxes;
        _heads = heads;
        _outboxes = outboxes;
        _sides = sides;
        _options = options;
        _metrics = metrics;
    }

    /// <summary>Completes when nothing waits or is under way.</summary>
    internal Task WhenIdleAsync()
    {
        var idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = Interlocked.CompareExchange(ref _idle, idle, null) ?? idle;
        if (Volatile.Read(ref _open) == 0)
            Settle();
        return waiting.Task;
    }

    /// <summary>Keeps what a read of a first page pulled, as far as it is among the newest posts of all: the next read finds its first pages there.</summary>
    internal void Keep(TimelineRead read)
    {
        if (!read.IsFirstPage || read.Strategy == FeedStrategy.Pull || read.Mailbox is not { } mailbox || read.Newest.Count == 0)
            return;
        Enqueue(new MailboxRepair(read.User, read.Strategy, null, read.Newest, mailbox, Math.Min(KeptPages * read.Limit, _options.MailboxSize)));
    }

    /// <summary>Fills in the newest posts of an author who is followed from now on.</summary>
    internal async ValueTask FillInAsync(string user, string author, FeedStrategy strategy, CancellationToken cancellationToken)
    {
        if (strategy == FeedStrategy.Pull)
            return;
        var source = new Source(author, (await _heads.ReadAsync([author], cancellationToken))[0]);
        if (source.HasPosts)
            Enqueue(new MailboxRepair(user, strategy, source, [], MailboxPage.None, _options.MailboxSize));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var repair in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await RepairAsync(repair, stoppingToken);
            }
            catch (RealtimeException exception) when (exception.IsTransient)
            {
                // The store is away, and whoever reads says so: what was not kept is pulled again.
                _metrics.RepairFailed();
            }

            if (Interlocked.Decrement(ref _open) == 0)
                Settle();
        }
    }

    private void Enqueue(MailboxRepair repair)
    {
        Interlocked.Increment(ref _open);
        if (!_waiting.Writer.TryWrite(repair) && Interlocked.Decrement(ref _open) == 0)
            Settle();
    }

    private void Settle() => Interlocked.Exchange(ref _idle, null)?.SetResult();

    private async ValueTask RepairAsync(MailboxRepair repair, CancellationToken cancellationToken)
    {
        var pages = repair.Followed is { } followed
            ? await _outboxes.ReadAsync([followed], PostPosition.Newest, FillIn, cancellationToken)
            : repair.Pages;
        // Those with very many followers are pulled at every read: keeping their posts for each reader would be the push that is spared.
        var pulled = repair.Strategy == FeedStrategy.Hybrid
            ? await _sides.PulledAsync([.. pages.Select(page => page.Source.Author)], cancellationToken)
            : [];
        var line = LineOf(pages, repair.Mailbox, repair.Keep);
        var posts = new List<PostRef>();
        var coverage = new List<CoverageChange>();
        // Of who has posted more than is worth a write for each, nothing is kept under auto: reading the source again costs less.
        var most = repair is { Strategy: FeedStrategy.Auto, Followed: null } ? _options.UnreadBudget + 1 : int.MaxValue;
        foreach (var page in pages)
        {
            if (!pulled.Contains(page.Source.Author))
                Add(page, line, most, repair.Mailbox.Coverage, posts, coverage);
        }

        if (coverage.Count == 0)
            return;
        if (await _mailboxes.TryAsync(mailboxes => mailboxes.MergeAsync(repair.User, posts, coverage, cancellationToken)))
            _metrics.Repaired(Math.Max(posts.Count, coverage.Count));
    }

    /// <summary>The posts of an author who is followed from now on that are filled in, at most.</summary>
    private int FillIn => Math.Max(_options.MailboxSize / 4, 50);

    /// <summary>The time before which posts are not worth keeping: so many are newer.</summary>
    private static long LineOf(IReadOnlyList<SourcePage> pages, MailboxPage mailbox, int keep)
    {
        var merge = new TimelineMerge();
        merge.Add(mailbox.Posts);
        foreach (var page in pages)
            merge.Add(page.Posts);
        var newest = merge.Newest(keep + 1, PostPosition.Oldest, isLowIncluded: false);
        return newest.Count > keep ? newest[keep].Position.Time : long.MinValue;
    }

    /// <summary>Enters what was pulled of one author: the posts that the mailbox lacks, and what it holds with them.</summary>
    private static void Add(
        SourcePage page, long line, int most, IReadOnlyDictionary<string, Coverage> held, List<PostRef> posts, List<CoverageChange> coverage)
    {
        var author = page.Source.Author;
        // All posts that are newer than this are in the page; of its own millisecond perhaps not all.
        var low = page.IsEnd ? long.MinValue : page.Posts[^1].Position.Time;
        if (!held.TryGetValue(author, out var known)
            || (!page.IsEnd && !page.Posts.Any(post => post.Offset <= known.Through + 1 && post.Position.Time > low)))
        {
            // What is held does not reach up to what was pulled.
            known = Coverage.None;
        }

        var (since, before) = (Math.Min(known.Since, low), posts.Count);
        foreach (var post in page.Posts)
        {
            if (post.Offset <= known.Through && post.Position.Time > known.Since)
                continue;
            if (post.Position.Time < line)
            {
                since = Math.Max(since, post.Position.Time);
                break;
            }

            posts.Add(post);
        }

        var change = new CoverageChange(author, known, new Coverage(page.Source.State.Head, since));
        if (posts.Count - before > most)
            posts.RemoveRange(before, posts.Count - before);
        else if (change.Coverage != known)
            coverage.Add(change);
    }

    /// <param name="User">The reader.</param>
    /// <param name="Strategy">How the reader reads.</param>
    /// <param name="Followed">An author who is followed from now on, to be pulled still.</param>
    /// <param name="Pages">What was pulled, otherwise.</param>
    /// <param name="Mailbox">What the mailbox held when it was read.</param>
    /// <param name="Keep">How many of the newest posts are worth keeping.</param>
    private sealed record MailboxRepair(
        string User, FeedStrategy Strategy, Source? Followed, IReadOnlyList<SourcePage> Pages, MailboxPage Mailbox, int Keep);
}
