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

    /// <summary>Keeps what a read of a first page pulled.</summary>
    internal void Keep(TimelineRead read)
    {
        if (!read.IsFirstPage || read.Strategy == FeedStrategy.Pull || read.Mailbox is not { } mailbox || read.Newest.Count == 0)
            return;
        // A page is less than a mailbox: one that is mostly missing is built from more.
        Enqueue(!mailbox.Exists
            ? new MailboxRepair(read.User, read.Strategy, read.Sources, null, mailbox.Coverage)
            : new MailboxRepair(read.User, read.Strategy, null, read.Newest, mailbox.Coverage));
    }

    /// <summary>Fills in the newest posts of an author who is followed from now on.</summary>
    internal async ValueTask FillInAsync(string user, string author, FeedStrategy strategy, CancellationToken cancellationToken)
    {
        if (strategy == FeedStrategy.Pull)
            return;
        var source = new Source(author, (await _heads.ReadAsync([author], cancellationToken))[0]);
        if (source.HasPosts)
            Enqueue(new MailboxRepair(user, strategy, [source], null, new Dictionary<string, Coverage>()));
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
        if (!_waiting.Writer.TryWrite(repair))
            Interlocked.Decrement(ref _open);
    }

    private void Settle() => Interlocked.Exchange(ref _idle, null)?.SetResult();

    private async ValueTask RepairAsync(MailboxRepair repair, CancellationToken cancellationToken)
    {
        var pages = repair.Pages ?? await _outboxes.ReadAsync(repair.Sources!, PostPosition.Newest, FillIn, cancellationToken);
        // Those with very many followers are pulled at every read: keeping their posts for each reader would be the push that is spared.
        var pulled = repair.Strategy == FeedStrategy.Hybrid
            ? await _sides.PulledAsync([.. pages.Select(page => page.Source.Author)], cancellationToken)
            : [];
        var posts = new List<PostRef>();
        var coverage = new List<CoverageChange>();
        foreach (var page in pages)
        {
            if (!pulled.Contains(page.Source.Author))
                Add(page, repair.Coverage, posts, coverage);
        }

        if (coverage.Count == 0)
            return;
        Cut(posts, coverage);
        if (await _mailboxes.TryAsync(mailboxes => mailboxes.MergeAsync(repair.User, posts, coverage, cancellationToken)))
            _metrics.Repaired(posts.Count);
    }

    /// <summary>The posts of each author that a new mailbox begins with, at most.</summary>
    private int FillIn => Math.Max(_options.MailboxSize / 4, 50);

    private static void Add(SourcePage page, IReadOnlyDictionary<string, Coverage> held, List<PostRef> posts, List<CoverageChange> coverage)
    {
        var (author, head) = (page.Source.Author, page.Source.State.Head);
        if (page.IsEnd)
        {
            if (held.TryGetValue(author, out var whole) && whole.Since == long.MinValue)
            {
                posts.AddRange(page.Posts.Where(post => post.Offset > whole.Through));
                coverage.Add(new CoverageChange(author, whole, whole with { Through = head }));
                return;
            }

            posts.AddRange(page.Posts);
            coverage.Add(new CoverageChange(author, Coverage.None, new Coverage(head, long.MinValue)));
            return;
        }

        // All posts that are newer than the last of the page are in it; of that one's millisecond perhaps not all.
        var last = page.Posts[^1].Position.Time;
        if (held.TryGetValue(author, out var known) && page.Posts.Any(post => post.Offset <= known.Through + 1 && post.Position.Time > last))
        {
            posts.AddRange(page.Posts.Where(post => post.Offset > known.Through));
            coverage.Add(new CoverageChange(author, known, known with { Through = head }));
            return;
        }

        posts.AddRange(page.Posts);
        coverage.Add(new CoverageChange(author, Coverage.None, new Coverage(head, last)));
    }

    /// <summary>Leaves out what a mailbox has no room for; from there on down authors are not covered.</summary>
    private void Cut(List<PostRef> posts, List<CoverageChange> coverage)
    {
        if (posts.Count <= _options.MailboxSize)
            return;
        posts.Sort((left, right) => right.Position.CompareTo(left.Position));
        var end = posts[_options.MailboxSize].Position.Time;
        posts.RemoveRange(_options.MailboxSize, posts.Count - _options.MailboxSize);
        for (var i = 0; i < coverage.Count; i++)
            coverage[i] = coverage[i] with { Coverage = coverage[i].Coverage with { Since = Math.Max(coverage[i].Coverage.Since, end) } };
    }

    /// <param name="User">The reader.</param>
    /// <param name="Strategy">How the reader reads.</param>
    /// <param name="Sources">The authors to pull from, where that is still to be done.</param>
    /// <param name="Pages">What was pulled, otherwise.</param>
    /// <param name="Coverage">What the mailbox held.</param>
    private sealed record MailboxRepair(
        string User, FeedStrategy Strategy, IReadOnlyList<Source>? Sources, IReadOnlyList<SourcePage>? Pages, IReadOnlyDictionary<string, Coverage> Coverage);
}
