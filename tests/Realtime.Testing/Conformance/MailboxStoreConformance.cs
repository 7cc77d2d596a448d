using Realtime.Feeds;

namespace Realtime.Testing.Conformance;

/// <summary>What every store of mailboxes does.</summary>
public abstract partial class MailboxStoreConformance : IAsyncLifetime
{
    /// <summary>Posts in a mailbox of the store under test.</summary>
    protected const int Size = 50;

    private const long Start = 1_767_600_000_000;

    /// <summary>Apart from what other tests leave in a store that outlives them.</summary>
    private readonly string _user = $"user-{Guid.NewGuid():N}";

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected IMailboxStore Mailboxes { get; private set; } = null!;

    /// <summary>Makes a store whose mailboxes are of <see cref="Size"/>.</summary>
    protected abstract ValueTask<IMailboxStore> CreateAsync(FeedOptions options);

    public async ValueTask InitializeAsync() => Mailboxes = await CreateAsync(new FeedOptions { MailboxSize = Size });

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Mailboxes is IAsyncDisposable store)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task Where_nothing_was_written_there_is_no_mailbox()
    {
        await Mailboxes.RemoveAsync(_user, "ann", Cancel);
        await Mailboxes.DropAsync(_user, Cancel);

        var page = await ReadAsync();

        Assert.False(page.Exists);
        Assert.True(page.IsEnd);
        Assert.Empty(page.Posts);
        Assert.Empty(page.Coverage);
        Assert.Equal(PostPosition.Oldest, page.Floor);
    }

    [Fact]
    public async Task A_post_is_pushed_once_however_often_it_comes()
    {
        Assert.Equal(1, await PushAsync(Post("ann", 1)));
        Assert.Equal(0, await PushAsync(Post("ann", 1)));

        var page = await ReadAsync();

        Assert.True(page.Exists);
        Assert.Equal([Post("ann", 1)], page.Posts);
        Assert.Equal(new Coverage(1, long.MinValue), page.Coverage["ann"]);
    }

    [Fact]
    public async Task Who_has_no_mailbox_is_left_out_where_pushes_make_none()
    {
        Assert.Equal(0, await PushAsync(Post("ann", 1), makesMailboxes: false));
        Assert.False((await ReadAsync()).Exists);

        await PushAsync(Post("ann", 1));
        Assert.Equal(1, await PushAsync(Post("ann", 2), makesMailboxes: false));

        Assert.Equal([Post("ann", 2), Post("ann", 1)], (await ReadAsync()).Posts);
    }

    [Fact]
    public async Task Posts_are_read_newest_first_by_time_then_id_then_author_and_page_by_page()
    {
        // Ids that are the beginning of others, in the alphabet's order and not in that of a language.
        PostRef[] posts =
        [
            At("ann", 1, 5, "p"), At("bob", 1, 5, "p"), At("ann", 2, 5, "p-"), At("bob", 2, 5, "p-1"), At("ann", 3, 5, "p0"), At("bob", 3, 5, "pA"),
            At("ann", 4, 5, "p_"), At("bob", 4, 5, "pa"), At("Zoe", 1, 5, "pa0"), At("zoe", 1, 5, "pa0"), At("ann", 5, 5, "p~"), At("ann", 6, 6, "a"),
        ];
        foreach (var post in posts)
            await PushAsync(post);

        foreach (var limit in new[] { 1, 3, 5, 12 })
        {
            var read = new List<PostRef>();
            var page = await ReadAsync(PostPosition.Newest, limit);
            while (true)
            {
                read.AddRange(page.Posts);
                Assert.Equal(read.Count == posts.Length, page.IsEnd);
                if (page.IsEnd)
                    break;
                Assert.Equal(limit, page.Posts.Count);
                page = await ReadAsync(page.Posts[^1].Position, limit);
            }

            Assert.Equal(posts.Reverse(), read);
        }

        // From positions of posts that are not there.
        Assert.Equal(At("ann", 2, 5, "p-"), (await ReadAsync(new PostPosition(Start + 5, "p-0", "x"), 1)).Posts.Single());
        Assert.Empty((await ReadAsync(new PostPosition(Start + 4, "z", "z"), 1)).Posts);
    }

    [Fact]
    public async Task Coverage_begins_where_a_post_was_missed_and_a_late_post_is_left_to_be_pulled()
    {
        await PushAsync(Post("ann", 1));
        await PushAsync(Post("ann", 2));
        Assert.Equal(new Coverage(2, long.MinValue), (await ReadAsync()).Coverage["ann"]);

        await PushAsync(Post("ann", 4));
        Assert.Equal(0, await PushAsync(Post("ann", 3)));
        await PushAsync(Post("ann", 5));
        await PushAsync(Post("bob", 7));

        var page = await ReadAsync();
        Assert.Equal(new Coverage(5, Post("ann", 4).Position.Time), page.Coverage["ann"]);
        Assert.Equal(new Coverage(7, Post("bob", 7).Position.Time), page.Coverage["bob"]);
        Assert.DoesNotContain(Post("ann", 3), page.Posts);
    }

    [Fact]
    public async Task A_budget_of_unread_posts_is_per_author_and_begins_anew_with_a_read()
    {
        for (var offset = 1; offset <= 3; offset++)
            Assert.Equal(offset <= 2 ? 1 : 0, await PushAsync(Post("ann", offset), budget: 2));
        Assert.Equal(1, await PushAsync(Post("bob", 1), budget: 2));
        // Somebody looked, but it was not the reader.
        await ReadAsync();
        Assert.Equal(0, await PushAsync(Post("ann", 4), budget: 2));
        Assert.Equal(new Coverage(2, long.MinValue), (await ReadAsync()).Coverage["ann"]);

        await Mailboxes.ReadAsync(_user, PostPosition.Newest, 10, isRead: true, Cancel);

        Assert.Equal(1, await PushAsync(Post("ann", 5), budget: 2));
        Assert.Equal(1, await PushAsync(Post("ann", 6), budget: 2));
        Assert.Equal(0, await PushAsync(Post("ann", 7), budget: 2));
        Assert.Equal(1, await PushAsync(Post("ann", 8), budget: 0));
        Assert.Equal([8, 6, 5, 2, 1], (await ReadAsync()).Posts.Where(post => post.Author == "ann").Select(post => post.Offset));
    }

    [Fact]
    public async Task The_oldest_posts_make_room_and_the_floor_says_up_to_where()
    {
        for (var offset = 1; offset <= Size + 3; offset++)
            await PushAsync(Post("ann", offset));

        var page = await ReadAsync(PostPosition.Newest, Size + 10);
        Assert.Equal(Enumerable.Range(4, Size).Reverse().Select(offset => (long)offset), page.Posts.Select(post => post.Offset));
        Assert.Equal(Post("ann", 3).Position, page.Floor);
        Assert.True(page.IsEnd);

        // What is older than the floor is not kept; what is newer is, in the place of the oldest.
        await PushAsync(Post("bob", 2));
        await PushAsync(At("ann", Size + 4, 3, "post-00000003"));
        Assert.Equal(page.Posts, (await ReadAsync(PostPosition.Newest, Size + 10)).Posts);
        await PushAsync(Post("cid", 20));
        page = await ReadAsync(PostPosition.Newest, Size + 10);
        Assert.Equal(Size, page.Posts.Count);
        Assert.Contains(Post("cid", 20), page.Posts);
        Assert.Equal(Post("ann", 4).Position, page.Floor);
    }

    [Fact]
    public async Task A_mailbox_that_was_dropped_begins_anew()
    {
        for (var offset = 1; offset <= Size + 1; offset++)
            await PushAsync(Post("ann", offset));

        await Mailboxes.DropAsync(_user, Cancel);

        Assert.False((await ReadAsync()).Exists);
        await PushAsync(Post("ann", Size + 2));
        var page = await ReadAsync();
        Assert.Equal([Post("ann", Size + 2)], page.Posts);
        Assert.Equal(PostPosition.Oldest, page.Floor);
        Assert.Equal(new Coverage(Size + 2, Post("ann", Size + 2).Position.Time), page.Coverage["ann"]);
    }

    [Fact]
    public async Task A_push_reaches_each_of_very_many_mailboxes()
    {
        string[] users = [.. Enumerable.Range(0, 2_345).Select(i => $"{_user}-{i}")];
        await Mailboxes.PushAsync(Post("ann", 1), users[..100], PushRule.Everybody, Cancel);

        Assert.Equal(2_245, await Mailboxes.PushAsync(Post("ann", 1), users, PushRule.Everybody, Cancel));

        foreach (var user in users.Where((_, i) => i % 97 == 0).Append(users[^1]))
            Assert.Equal([Post("ann", 1)], (await Mailboxes.ReadAsync(user, PostPosition.Newest, 2, false, Cancel)).Posts);
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_does_nothing()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Mailboxes.PushAsync(Post("ann", 1), [_user], PushRule.Everybody, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Mailboxes.MergeAsync(_user, [Post("ann", 1)], [], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Mailboxes.ReadAsync(_user, PostPosition.Newest, 1, true, cancelled));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Mailboxes.ReadAsync(_user, PostPosition.Newest, 0, true, Cancel));

        Assert.False((await ReadAsync()).Exists);
    }

    /// <summary>A post of the millisecond of its offset.</summary>
    private static PostRef Post(string author, long offset) => At(author, offset, offset, $"post-{offset:D8}");

    private static PostRef At(string author, long offset, long millisecond, string id) => new(offset, new PostPosition(Start + millisecond, id, author));

    private ValueTask<int> PushAsync(PostRef post, int budget = 0, bool makesMailboxes = true) =>
        Mailboxes.PushAsync(post, [_user], new PushRule(budget, makesMailboxes), Cancel);

    private ValueTask<MailboxPage> ReadAsync() => ReadAsync(PostPosition.Newest, Size);

    private ValueTask<MailboxPage> ReadAsync(PostPosition before, int limit) => Mailboxes.ReadAsync(_user, before, limit, isRead: false, Cancel);
}
