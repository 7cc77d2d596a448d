using System.Diagnostics;
using Realtime.Feeds;
using Realtime.Stores.Redis;
using Realtime.Testing.Services;
using StackExchange.Redis;

namespace Realtime.Stores.Tests;

/// <summary>What Redis loses is an empty mailbox, and a Redis that is away holds nobody up.</summary>
public sealed class RedisMailboxFaultTests
{
    private const string Prefix = "fault:";
    private const string User = "bob";

    private static readonly FeedOptions Feeds = new() { MailboxSize = 50 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mailbox:")]
    [InlineData("held:")]
    public async Task A_mailbox_that_lost_one_of_its_keys_claims_nothing(string lost)
    {
        var prefix = $"test:{Guid.NewGuid():N}:";
        await using var store = RedisMailboxes.Create(TestServices.Redis, Feeds, prefix);
        await using var admin = await ConnectionMultiplexer.ConnectAsync(TestServices.Redis);

        await LoseAsync();
        Assert.Equal(MailboxPage.None, await ReadAsync(store) with { Coverage = MailboxPage.None.Coverage });
        Assert.Equal(0, await admin.GetDatabase().KeyExistsAsync([prefix + "mailbox:" + User, prefix + "held:" + User]));

        await LoseAsync();
        Assert.Equal(1, await store.PushAsync(Post(3), [User], PushRule.Everybody, Cancel));
        var page = await ReadAsync(store);
        Assert.Equal([Post(3)], page.Posts);
        Assert.Equal(new Coverage(3, Post(3).Position.Time), page.Coverage["ann"]);

        await LoseAsync();
        await store.MergeAsync(
            User, [Post(4)], [new CoverageChange("ann", new Coverage(3, long.MinValue), new Coverage(4, long.MinValue))], Cancel);
        page = await ReadAsync(store);
        Assert.Equal([Post(4)], page.Posts);
        Assert.Empty(page.Coverage);

        async Task LoseAsync()
        {
            await store.DropAsync(User, Cancel);
            await store.PushAsync(Post(1), [User], PushRule.Everybody, Cancel);
            await store.PushAsync(Post(2), [User], PushRule.Everybody, Cancel);
            Assert.True(await admin.GetDatabase().KeyDeleteAsync(prefix + lost + User));
        }
    }

    [Fact]
    public async Task Both_keys_expire_some_time_after_the_last_read_or_merge_and_not_after_a_push()
    {
        var prefix = $"test:{Guid.NewGuid():N}:";
        var feeds = new FeedOptions { MailboxSize = 50 };
        await using var store = RedisMailboxes.Create(TestServices.Redis, feeds, prefix);
        await using var admin = await ConnectionMultiplexer.ConnectAsync(TestServices.Redis);
        RedisKey[] keys = [prefix + "mailbox:" + User, prefix + "held:" + User];

        await store.PushAsync(Post(1), [User], PushRule.Everybody, Cancel);
        await ExpectAsync(feeds.InactiveAfter);

        foreach (var use in new Func<Task>[] { () => ReadAsync(store).AsTask(), () => store.MergeAsync(User, [], [], Cancel).AsTask() })
        {
            await ShortenAsync();
            await store.PushAsync(Post(2), [User], PushRule.Everybody, Cancel);
            await ExpectAsync(TimeSpan.FromSeconds(60));
            await use();
            await ExpectAsync(feeds.InactiveAfter);
        }

        Task ShortenAsync() => Task.WhenAll(keys.Select(key => admin.GetDatabase().KeyExpireAsync(key, TimeSpan.FromSeconds(60))));

        async Task ExpectAsync(TimeSpan expiry)
        {
            foreach (var key in keys)
            {
                var left = await admin.GetDatabase().KeyTimeToLiveAsync(key);
                Assert.NotNull(left);
                Assert.InRange(left.Value, expiry - TimeSpan.FromSeconds(20), expiry);
            }
        }
    }

    [Fact]
    public async Task Mailboxes_outlive_a_kill_of_Redis_as_far_as_it_kept_them_and_calls_fail_at_once_until_it_is_back()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var store = Create(redis.Address);
        await store.PushAsync(Post(1), [User], PushRule.Everybody, Cancel);

        await redis.KillAsync();
        // The first call may find the connection that it thinks it has.
        await Assert.ThrowsAsync<RealtimeException>(async () => await UntilItFailsAsync(store));
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 20; i++)
        {
            var failure = await Assert.ThrowsAsync<RealtimeException>(async () => await store.PushAsync(Post(2), [User], PushRule.Everybody, Cancel));
            Assert.True(failure.IsTransient);
        }

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await redis.StartAsync();
        await UntilItWorksAsync(store);

        // Whatever of it Redis has kept, its claim holds.
        var page = await ReadAsync(store);
        if (page.Coverage.TryGetValue("ann", out var held) && held.Through >= 1 && held.Since < Post(1).Position.Time)
            Assert.Contains(Post(1), page.Posts);
        Assert.Equal(1, await store.PushAsync(Post(5), [User], PushRule.Everybody, Cancel));
        Assert.Contains(Post(5), (await ReadAsync(store)).Posts);
    }

    [Fact]
    public async Task Mailboxes_are_empty_after_a_flush_and_scripts_are_sent_again()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        await using var store = Create(redis.Address);
        await store.PushAsync(Post(1), [User], PushRule.Everybody, Cancel);
        await ReadAsync(store);

        await admin.GetServers().Single().FlushAllDatabasesAsync();
        await admin.GetServers().Single().ScriptFlushAsync();

        Assert.False((await ReadAsync(store)).Exists);
        Assert.Equal(1, await store.PushAsync(Post(2), [User], PushRule.Everybody, Cancel));
        Assert.Equal(new Coverage(2, Post(2).Position.Time), (await ReadAsync(store)).Coverage["ann"]);
    }

    [Fact]
    public async Task A_Redis_that_hangs_costs_a_timeout_and_one_that_was_never_there_no_more()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using (var store = Create(redis.Address))
        {
            await store.PushAsync(Post(1), [User], PushRule.Everybody, Cancel);
            await redis.FreezeAsync();
            await ExpectFailureAsync(store);
            await redis.ThawAsync();
            await UntilItWorksAsync(store);
        }

        await redis.KillAsync();
        await using var later = Create(redis.Address);
        await ExpectFailureAsync(later);
        await redis.StartAsync();
        await UntilItWorksAsync(later);

        static async Task ExpectFailureAsync(RedisMailboxStore store)
        {
            var clock = Stopwatch.StartNew();
            Assert.True((await Assert.ThrowsAsync<RealtimeException>(async () => await ReadAsync(store))).IsTransient);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_never_repeated_and_can_be_set_right()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", "right-one");
        await using var store = Create(redis.Address + ",password=S3cret-but-wrong");

        var failure = await Assert.ThrowsAsync<RealtimeException>(async () => await ReadAsync(store));
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", "S3cret-but-wrong");
        await UntilItWorksAsync(store);

        Assert.True(failure.IsTransient);
        Assert.DoesNotContain("S3cret", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Redis_without_memory_left_refuses_and_what_is_there_stays_true()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        await using var store = Create(redis.Address);
        await store.PushAsync(Post(1), [User], PushRule.Everybody, Cancel);
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "1mb");
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory-policy", "noeviction");

        var failure = await Assert.ThrowsAsync<RealtimeException>(async () => await store.PushAsync(Post(2), [User], PushRule.Everybody, Cancel));
        Assert.True(failure.IsTransient);
        Assert.Contains("OOM", failure.Message, StringComparison.Ordinal);
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "maxmemory", "0");

        Assert.Equal([Post(1)], (await ReadAsync(store)).Posts);
        Assert.Equal(1, await store.PushAsync(Post(2), [User], PushRule.Everybody, Cancel));
        Assert.Equal(new Coverage(2, long.MinValue), (await ReadAsync(store)).Coverage["ann"]);
    }

    private static RedisMailboxStore Create(string address) =>
        new(new RedisMailboxOptions { ConnectionString = address, KeyPrefix = Prefix }, Feeds, TimeProvider.System);

    private static PostRef Post(long offset) => new(offset, new PostPosition(1_767_600_000_000 + offset, $"post-{offset}", "ann"));

    private static ValueTask<MailboxPage> ReadAsync(RedisMailboxStore store) => store.ReadAsync(User, PostPosition.Newest, 50, isRead: true, Cancel);

    private static async Task UntilItFailsAsync(RedisMailboxStore store)
    {
        while (true)
            await ReadAsync(store);
    }

    private static async Task UntilItWorksAsync(RedisMailboxStore store)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await ReadAsync(store);
                return;
            }
            catch (RealtimeException e) when (e.IsTransient && clock.Elapsed < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), Cancel);
            }
        }
    }
}
