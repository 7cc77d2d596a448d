using CsCheck;
using Realtime.Feeds;

namespace Realtime.Stores.Tests;

/// <summary>
/// After any sequence of pushes, merges, removals and drops, a mailbox holds every post that its coverage claims, and every store gives the same pages.
/// </summary>
public abstract class MailboxStoreProperties
{
    /// <summary>Small, so that nearly every sequence drops posts.</summary>
    private const int Size = 6;

    private const int PostsEach = 12;
    private const long Start = 1_767_600_000_000;

    private static readonly string[] Authors = ["a", "b", "bb"];

    /// <summary>Times that stand still, so that positions are told apart by id; ids that are the beginning of others.</summary>
    private static readonly PostRef[][] Posts = [.. Authors.Select((author, a) => Enumerable.Range(1, PostsEach).Select(offset =>
        new PostRef(offset, new PostPosition(Start + offset / 3 * 3 + a % 2, new string('x', 1 + (offset + a) % 3), author))).ToArray())];

    private static readonly Gen<int> Author = Gen.Int[0, Authors.Length - 1];
    private static readonly Gen<int> Offset = Gen.Int[1, PostsEach];

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Gen.Select(Author, Gen.Int[0, 3], Step (author, budget) => new PushNext(author, budget))),
        (3, Gen.Select(Author, Offset, Gen.Int[0, 2], Step (author, offset, budget) => new Push(author, offset, budget))),
        (2, Gen.Select(Author, Offset, Gen.Int[-1, 15], Step (author, through, since) => new MergeWhole(author, through, since))),
        (3, Gen.Select(Author, Gen.Int[1, 4], Step (author, count) => new MergeAfter(author, count))),
        (3, Gen.Select(Gen.Bool, Gen.Int[0, 14], Gen.Int[0, 3], Gen.Int[1, Size + 1], Step (isRead, time, id, limit) => new Read(isRead, time, id, limit))),
        (1, Author.Select(Step (author) => new Remove(author))),
        (1, Gen.Const(Step () => new Drop())));

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>How many sequences.</summary>
    protected abstract int Sequences { get; }

    protected abstract ValueTask<IMailboxStore> CreateAsync(FeedOptions options);

    [Fact]
    public async Task What_coverage_claims_is_held()
    {
        // Where few follows deserve no mailbox, a store may leave out pushes to readers without one.
        var options = new FeedOptions { MailboxSize = Size };
        var store = await CreateAsync(options);
        try
        {
            await Steps.Array[1, 60].SampleAsync(
                steps => RunAsync(steps, store, new InMemoryMailboxStore(options, TimeProvider.System)), iter: Sequences, threads: 1);
        }
        finally
        {
            if (store is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
        }
    }

    private static async Task RunAsync(Step[] steps, IMailboxStore store, InMemoryMailboxStore reference)
    {
        var user = Guid.NewGuid().ToString("N");
        var next = new int[Authors.Length];
        // What a reader saw, on which it merges later.
        IReadOnlyDictionary<string, Coverage> seen = new Dictionary<string, Coverage>();
        foreach (var step in steps)
        {
            switch (step)
            {
                case PushNext(var author, var budget):
                    next[author] = Math.Min(next[author] + 1, PostsEach);
                    await PushAsync(Posts[author][next[author] - 1], budget);
                    break;
                case Push(var author, var offset, var budget):
                    next[author] = Math.Max(next[author], offset);
                    await PushAsync(Posts[author][offset - 1], budget);
                    break;
                case MergeWhole(var author, var through, var milliseconds):
                    var since = milliseconds < 0 ? long.MinValue : Start + milliseconds;
                    await MergeAsync(
                        [.. Posts[author].Where(post => post.Offset <= through && post.Position.Time > since)],
                        new CoverageChange(Authors[author], Coverage.None, new Coverage(through, since)));
                    break;
                case MergeAfter(var author, var count) when seen.TryGetValue(Authors[author], out var held):
                    var pulled = Posts[author].Where(post => post.Offset > held.Through).Take(count).ToArray();
                    if (pulled.Length > 0)
                        await MergeAsync(pulled, new CoverageChange(Authors[author], held, held with { Through = pulled[^1].Offset }));
                    break;
                case Read(var isRead, var time, var id, var limit):
                    seen = (await ReadAsync(new PostPosition(Start + time, new string('x', id), "b"), limit, isRead)).Coverage;
                    break;
                case Remove(var author):
                    await store.RemoveAsync(user, Authors[author], Cancel);
                    await reference.RemoveAsync(user, Authors[author], Cancel);
                    break;
                case Drop:
                    await store.DropAsync(user, Cancel);
                    await reference.DropAsync(user, Cancel);
                    break;
            }

            Check(await ReadAsync(PostPosition.Newest, Size + 1, isRead: false));
        }

        async Task PushAsync(PostRef post, int budget)
        {
            var rule = new PushRule(budget, MakesMailboxes: post.Offset % 3 != 0);
            Assert.Equal(await reference.PushAsync(post, [user], rule, Cancel), await store.PushAsync(post, [user], rule, Cancel));
        }

        async Task MergeAsync(PostRef[] posts, CoverageChange change)
        {
            await store.MergeAsync(user, posts, [change], Cancel);
            await reference.MergeAsync(user, posts, [change], Cancel);
        }

        async Task<MailboxPage> ReadAsync(PostPosition before, int limit, bool isRead)
        {
            var page = await store.ReadAsync(user, before, limit, isRead, Cancel);
            var expected = await reference.ReadAsync(user, before, limit, isRead, Cancel);
            Assert.Equal((expected.Exists, expected.IsEnd, expected.Floor), (page.Exists, page.IsEnd, page.Floor));
            Assert.Equal(expected.Posts, page.Posts);
            Assert.Equal(expected.Coverage.OrderBy(pair => pair.Key, StringComparer.Ordinal), page.Coverage.OrderBy(pair => pair.Key, StringComparer.Ordinal));
            return page;
        }
    }

    private static void Check(MailboxPage page)
    {
        Assert.True(page.IsEnd);
        Assert.InRange(page.Posts.Count, 0, Size);
        Assert.Equal(page.Posts.Distinct().OrderByDescending(post => post.Position), page.Posts);
        Assert.All(page.Posts, post => Assert.True(post.Position > page.Floor));
        for (var author = 0; author < Authors.Length; author++)
        {
            if (!page.Coverage.TryGetValue(Authors[author], out var held))
                continue;
            // Whether it was ever offered or not: a reader pulls none of these.
            var claimed = Posts[author].Where(post => post.Offset <= held.Through && post.Position.Time > held.Since && post.Position > page.Floor);
            Assert.Empty(claimed.Except(page.Posts));
        }
    }

    private abstract record Step;

    private sealed record PushNext(int Author, int Budget) : Step;

    private sealed record Push(int Author, int Offset, int Budget) : Step;

    private sealed record MergeWhole(int Author, int Through, int Since) : Step;

    private sealed record MergeAfter(int Author, int Count) : Step;

    private sealed record Read(bool IsRead, int Time, int Id, int Limit) : Step;

    private sealed record Remove(int Author) : Step;

    private sealed record Drop : Step;
}
