using Realtime.Feeds;

namespace Realtime.Testing.Conformance;

public abstract partial class MailboxStoreConformance
{
    [Fact]
    public async Task What_was_pulled_fills_a_mailbox_that_was_not_there()
    {
        await Mailboxes.MergeAsync(
            _user, [Post("ann", 3), Post("ann", 2), Post("bob", 9)],
            [Whole("ann", 3, Post("ann", 1).Position.Time), Whole("bob", 9, long.MinValue), Whole("cid", 0, 77)], Cancel);

        var page = await ReadAsync();
        Assert.True(page.Exists);
        Assert.Equal([Post("bob", 9), Post("ann", 3), Post("ann", 2)], page.Posts);
        Assert.Equal(new Coverage(3, Post("ann", 1).Position.Time), page.Coverage["ann"]);
        Assert.Equal(new Coverage(9, long.MinValue), page.Coverage["bob"]);
        // The next post follows on.
        await PushAsync(Post("bob", 10));
        Assert.Equal(new Coverage(10, long.MinValue), (await ReadAsync()).Coverage["bob"]);
    }

    [Fact]
    public async Task What_says_less_than_is_known_changes_nothing()
    {
        await Mailboxes.MergeAsync(_user, [Post("ann", 5)], [Whole("ann", 5, 100)], Cancel);

        await Mailboxes.MergeAsync(_user, [], [Whole("ann", 5, 100), Whole("ann", 4, 50), Whole("ann", 5, 200)], Cancel);
        Assert.Equal(new Coverage(5, 100), (await ReadAsync()).Coverage["ann"]);

        await Mailboxes.MergeAsync(_user, [], [Whole("ann", 5, 50)], Cancel);
        Assert.Equal(new Coverage(5, 50), (await ReadAsync()).Coverage["ann"]);
        await Mailboxes.MergeAsync(_user, [Post("ann", 6)], [Whole("ann", 6, 60)], Cancel);
        Assert.Equal(new Coverage(6, 60), (await ReadAsync()).Coverage["ann"]);
    }

    [Fact]
    public async Task What_stands_on_what_is_not_held_any_more_changes_nothing()
    {
        await PushAsync(Post("ann", 1));
        await PushAsync(Post("ann", 2));
        var held = (await ReadAsync()).Coverage["ann"];
        await Mailboxes.DropAsync(_user, Cancel);

        // It was pulled after what the mailbox held when it was read.
        await Mailboxes.MergeAsync(_user, [Post("ann", 3)], [new CoverageChange("ann", held, new Coverage(3, held.Since))], Cancel);

        var page = await ReadAsync();
        Assert.Equal([Post("ann", 3)], page.Posts);
        Assert.DoesNotContain("ann", page.Coverage);
        await PushAsync(Post("ann", 4));
        Assert.Equal(new Coverage(4, Post("ann", 4).Position.Time), (await ReadAsync()).Coverage["ann"]);
        // This one stands on what is held.
        held = (await ReadAsync()).Coverage["ann"];
        await Mailboxes.MergeAsync(_user, [Post("ann", 5)], [new CoverageChange("ann", held, new Coverage(5, held.Since))], Cancel);
        Assert.Equal(new Coverage(5, held.Since), (await ReadAsync()).Coverage["ann"]);
    }

    [Fact]
    public async Task More_than_there_is_room_for_is_merged_as_far_as_it_goes_and_the_floor_stays()
    {
        PostRef[] posts = [.. Enumerable.Range(1, Size + 10).Select(offset => Post("ann", offset))];

        await Mailboxes.MergeAsync(_user, posts, [Whole("ann", Size + 10, long.MinValue)], Cancel);
        Assert.Equal(Post("ann", 10).Position, (await ReadAsync()).Floor);
        // Before the floor, at it, and after it.
        await Mailboxes.MergeAsync(_user, [Post("bob", 9), Post("ann", 10), Post("bob", 11)], [], Cancel);

        var page = await ReadAsync();
        Assert.Equal(Size, page.Posts.Count);
        Assert.Equal(Post("ann", 11).Position, page.Floor);
        Assert.Equal([Post("ann", 12), Post("bob", 11)], page.Posts.Reverse().Take(2).OrderBy(post => post.Author));
        Assert.Equal(page.Posts.OrderByDescending(post => post.Position), page.Posts);
    }

    [Fact]
    public async Task A_merge_spends_nothing_of_a_budget()
    {
        await PushAsync(Post("ann", 1), budget: 2);
        await Mailboxes.MergeAsync(_user, [Post("ann", 2)], [new CoverageChange("ann", Coverage.None, new Coverage(2, 0))], Cancel);

        Assert.Equal(1, await PushAsync(Post("ann", 3), budget: 2));
        Assert.Equal(0, await PushAsync(Post("ann", 4), budget: 2));
    }

    [Fact]
    public async Task An_author_who_is_removed_is_gone_with_posts_and_coverage_and_the_others_stay()
    {
        for (var offset = 1; offset <= Size / 2 + 2; offset++)
        {
            await PushAsync(Post("ann", offset));
            await PushAsync(Post("an", offset));
        }

        var floor = (await ReadAsync()).Floor;
        await Mailboxes.RemoveAsync(_user, "ann", Cancel);
        await Mailboxes.RemoveAsync(_user, "nobody", Cancel);

        var page = await ReadAsync();
        Assert.True(page.Exists);
        Assert.Equal(Size / 2, page.Posts.Count);
        Assert.All(page.Posts, post => Assert.Equal("an", post.Author));
        Assert.Equal(["an"], page.Coverage.Keys);
        Assert.Equal(floor, page.Floor);
        await Mailboxes.RemoveAsync(_user, "an", Cancel);
        page = await ReadAsync();
        Assert.True(page.Exists);
        Assert.Empty(page.Posts);
        Assert.Equal(floor, page.Floor);
    }

    [Fact]
    public async Task Workers_and_readers_at_once_leave_a_mailbox_that_holds_what_it_says()
    {
        const int Posts = 40;
        string[] authors = ["ann", "bob", "cid"];
        var pushes = authors.Select(author => Task.Run(async () =>
        {
            for (var offset = 1; offset <= Posts; offset++)
                await PushAsync(Post(author, offset));
        }));
        var repairs = authors.Select(author => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                var held = (await ReadAsync()).Coverage.GetValueOrDefault(author, Coverage.None);
                if (held.Through is 0 or >= Posts - 2)
                    continue;
                var through = held.Through + 2;
                await Mailboxes.MergeAsync(
                    _user, [Post(author, through - 1), Post(author, through)], [new CoverageChange(author, held, new Coverage(through, held.Since))], Cancel);
                if (i % 7 == 0)
                    await Mailboxes.RemoveAsync(_user, author, Cancel);
            }
        }));

        await Task.WhenAll(pushes.Concat(repairs));

        var page = await ReadAsync(PostPosition.Newest, Size);
        Assert.Equal(page.Posts.Distinct().OrderByDescending(post => post.Position), page.Posts);
        foreach (var (author, held) in page.Coverage)
        {
            var claimed = Enumerable.Range(1, Posts).Select(offset => Post(author, offset)).Where(post =>
                post.Offset <= held.Through && post.Position.Time > held.Since && post.Position > page.Floor);
            Assert.Empty(claimed.Except(page.Posts));
        }
    }

    private static CoverageChange Whole(string author, long through, long since) => new(author, Coverage.None, new Coverage(through, since));
}
