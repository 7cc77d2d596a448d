using System.Text;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Feeds.Sources;
using Realtime.Feeds.Timelines;
using Realtime.Stores;

namespace Realtime.Feeds.Advice;

/// <summary>Measures what single steps of a feed cost on this machine, by doing some thousands of each with the parts that serve timelines.</summary>
/// <param name="options">The bounds of what is measured.</param>
/// <param name="sender">Tells whether heads are kept in memory or asked for.</param>
/// <param name="time">The clock that measures.</param>
internal sealed class UnitCostMeter(FeedOptions options, FrameSender sender, TimeProvider time)
{
    private const int Page = 50;
    private const int Follows = 200;

    /// <summary>More mailboxes than processor caches hold, where they are in this memory.</summary>
    private const int OwnMailboxes = 5_000;
    private const int SharedMailboxes = 200;
    private const int Authors = 2_000;

    /// <summary>Authors whose posts are in a mailbox: a page tells of each what is held.</summary>
    private const int AuthorsInMailbox = 20;

    /// <summary>Measures; takes two to four seconds, of which the first rounds let code that has not run yet be compiled to its best.</summary>
    /// <param name="mailboxes">The mailboxes: those of this memory are not touched, others hold some of nobody for the time being.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    internal async ValueTask<UnitCosts> MeasureAsync(IMailboxStore mailboxes, CancellationToken cancellationToken)
    {
        var isOwn = mailboxes is InMemoryMailboxStore;
        var users = Names("~reader-", isOwn ? OwnMailboxes : SharedMailboxes);
        var authors = Names("author-", Authors);
        var random = new Random(1);
        var (write, read, repair) = await MailboxAsync(isOwn ? new InMemoryMailboxStore(new FeedOptions(), time) : mailboxes, users, authors[..AuthorsInMailbox], random, cancellationToken);
        var (head, source) = await SourcesAsync(authors, random, cancellationToken);
        return new UnitCosts(write, source, head, read, repair);
    }

    private async ValueTask<(double Write, double Read, double Repair)> MailboxAsync(
        IMailboxStore mailboxes, string[] users, string[] authors, Random random, CancellationToken cancellationToken)
    {
        var (writes, reads, repairs) = (new LeastCost(), new LeastCost(), new LeastCost());
        var rounds = new MeasuredRounds(time, writes, reads, repairs);
        try
        {
            for (var round = 0; rounds.Next(); round++)
            {
                random.Shuffle(users);
                var start = time.GetTimestamp();
                const int Posts = 5;
                for (var post = 0; post < Posts; post++)
                {
                    var author = authors[random.Next(authors.Length)];
                    var number = round * Posts + post + 1;
                    foreach (var chunk in users.Chunk(1_000))
                        await mailboxes.PushAsync(new PostRef(number, new PostPosition(number, $"p{number}", author)), chunk, PushRule.Everybody, cancellationToken);
                }

                writes.Add(time.GetElapsedTime(start).TotalNanoseconds / (users.Length * Posts));
                start = time.GetTimestamp();
                var readers = Math.Min(500, users.Length);
                for (var reader = 0; reader < readers; reader++)
                    await mailboxes.ReadAsync(users[reader], PostPosition.Newest, Page, isRead: true, cancellationToken);
                reads.Add(time.GetElapsedTime(start).TotalNanoseconds / readers);
                repairs.Add(await RepairAsync(mailboxes, users[..readers], authors, round, cancellationToken));
            }
        }
        finally
        {
            foreach (var user in users)
                await mailboxes.DropAsync(user, CancellationToken.None);
        }

        return (writes.Value, reads.Value, repairs.Value);
    }

    /// <summary>Behind a read, so that the mailbox is in the caches.</summary>
    private async ValueTask<double> RepairAsync(IMailboxStore mailboxes, string[] users, string[] authors, int round, CancellationToken cancellationToken)
    {
        const int Posts = 4;
        var took = TimeSpan.Zero;
        foreach (var user in users)
        {
            await mailboxes.ReadAsync(user, PostPosition.Newest, Page, isRead: true, cancellationToken);
            var (posts, coverage) = (new List<PostRef>(Posts), new List<CoverageChange>(Posts));
            for (var i = 0; i < Posts; i++)
            {
                var author = authors[(round * Posts + i) % authors.Length];
                posts.Add(new PostRef(1, new PostPosition(round, $"r{i}", author)));
                coverage.Add(new CoverageChange(author, Coverage.None, new Coverage(1, long.MinValue)));
            }

            var start = time.GetTimestamp();
            await mailboxes.MergeAsync(user, posts, coverage, cancellationToken);
            took += time.GetElapsedTime(start);
        }

        return took.TotalNanoseconds / (users.Length * Posts);
    }

    private async ValueTask<(double Head, double Source)> SourcesAsync(string[] authors, Random random, CancellationToken cancellationToken)
    {
        await using var store = new InMemoryMessageStore(new MessageStoreOptions());
        var data = Encoding.UTF8.GetBytes("\"\"");
        for (var post = 0; post < 5; post++)
        {
            var at = DateTimeOffset.UnixEpoch.AddSeconds(post);
            await store.AppendAsync(
                [.. authors.Select(author => new MessageDraft(PostRef.ChannelOf(author), $"p{post}", "message", author, at, data))], cancellationToken);
        }

        var heads = new AuthorHeads(store, sender);
        var outboxes = new Outboxes(store, options, time);
        var (checks, reads) = (new LeastCost(), new LeastCost());
        var rounds = new MeasuredRounds(time, checks, reads);
        while (rounds.Next())
        {
            const int Readers = 40;
            var (check, read) = (TimeSpan.Zero, TimeSpan.Zero);
            for (var reader = 0; reader < Readers; reader++)
            {
                var followed = random.GetItems(authors, Follows);
                var start = time.GetTimestamp();
                var states = await heads.ReadAsync(followed, cancellationToken);
                check += time.GetElapsedTime(start);
                Source[] sources = [.. followed.Select((author, i) => new Source(author, states[i]))];
                start = time.GetTimestamp();
                var merge = new TimelineMerge();
                foreach (var page in await outboxes.ReadAsync(sources, PostPosition.Newest, Page, cancellationToken))
                    merge.Add(page.Posts);
                merge.Newest(Page, PostPosition.Oldest, isLowIncluded: false);
                read += time.GetElapsedTime(start);
            }

            checks.Add(check.TotalNanoseconds / (Readers * Follows));
            reads.Add(read.TotalNanoseconds / (Readers * Follows));
        }

        return (checks.Value, reads.Value);
    }

    private static string[] Names(string prefix, int count) => [.. Enumerable.Range(1, count).Select(number => prefix + number)];
}
