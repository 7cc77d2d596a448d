using Microsoft.Extensions.Time.Testing;
using Realtime.Backbones.Redis;
using Realtime.Testing.Fakes;
using Realtime.Testing.Services;
using StackExchange.Redis;

namespace Realtime.Backbones.Tests.Redis;

/// <summary>What is particular to Redis: what its channels are called, when they are left, and what the operator hears of its refusals.</summary>
public sealed class RedisConnectionTests : IAsyncLifetime
{
    private readonly string _prefix = RedisMembers.NewPrefix();
    private readonly CapturedLog<RedisBackbone> _log = new();
    private readonly FakeTimeProvider _time = new();
    private ConnectionMultiplexer _redis = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await ConnectionMultiplexer.ConnectAsync(TestServices.Redis + ",allowAdmin=true");

    public ValueTask DisposeAsync() => _redis?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task A_shard_that_nobody_wants_is_left_after_a_while_and_not_before()
    {
        await using var member = Member(TestServices.Redis);
        await member.StartAsync(7);
        await member.ConnectedAsync();
        Assert.Equal([1, 1], await SubscribersAsync(7, ShardInterest.NodeShard));

        member.Unwant(7);
        await LooksAfterAsync(member, TimeSpan.FromSeconds(20), newShard: 8);
        Assert.Equal([1, 1], await SubscribersAsync(7, 8));
        await LooksAfterAsync(member, TimeSpan.FromSeconds(15), newShard: 9);

        Assert.Equal([0, 1, 1, 1], await SubscribersAsync(7, 8, 9, ShardInterest.NodeShard));
        await LooksAfterAsync(member, TimeSpan.Zero, newShard: 7);
        Assert.Equal([1], await SubscribersAsync(7));
    }

    [Fact]
    public async Task A_subscriber_that_Redis_cuts_hears_that_it_may_have_missed_frames()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        await using var member = Member(redis.Address, TimeProvider.System);
        await member.StartAsync(1);
        await member.ConnectedAsync();
        var missed = member.Receiver.Missed;

        await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");

        await member.ConnectedAsync(missed);
        await member.MustSendAsync(1, 1);
        await member.Receiver.CountAsync(1);
        Assert.Equal([1], member.Numbers());
    }

    [Fact]
    public async Task A_wrong_password_is_told_once_never_repeated_and_can_be_set_right()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", "right-one");
        await using var member = Member(redis.Address + ",password=S3cret-but-wrong", TimeProvider.System);

        await member.StartAsync();
        await member.Receiver.UntilAsync(() => member.Backbone.Health.Detail!.Contains("refuses", StringComparison.Ordinal), "a refusal");
        Assert.Equal(BackboneSend.Lost, await member.SendAsync(1, 1));
        Assert.Equal($"Redis at {redis.Address} refuses the user or the password.", member.Backbone.Health.Detail);
        await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", "S3cret-but-wrong");
        await member.ConnectedAsync();

        // A slow machine may tell of a server that does not answer in time, before that.
        Assert.Single(_log.Lines, line => line.Id.Id == 3301 && line.Text.Contains("refuses", StringComparison.Ordinal));
        Assert.Single(_log.Lines, line => line.Id.Id == 3300);
        Assert.All(_log.Lines, line => Assert.DoesNotContain("S3cret", line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_user_who_may_not_publish_is_told_so()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "reader", "on", ">pw", "allkeys", "allchannels", "+@all", "-publish");
        await using var member = Member(redis.Address + ",user=reader,password=pw", TimeProvider.System);
        await member.StartAsync();
        await member.ConnectedAsync();

        Assert.Equal(BackboneSend.Lost, await member.SendAsync(1, 1));
        Assert.Equal(BackboneSend.Lost, await member.SendAsync(1, 2));

        Assert.False(member.Backbone.Health.IsConnected);
        Assert.Contains("NOPERM", member.Backbone.Health.Detail, StringComparison.Ordinal);
        Assert.Single(_log.Lines, line => line.Id.Id == 3301);
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "reader", "+publish");
        await member.MustSendAsync(1, 3);
        Assert.True(member.Backbone.Health.IsConnected);
    }

    [Fact]
    public async Task A_user_who_may_not_subscribe_is_told_so()
    {
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address + ",allowAdmin=true");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "other", "on", ">pw", "allkeys", "resetchannels", "&other:*", "+@all");
        await using var member = Member(redis.Address + ",user=other,password=pw", TimeProvider.System);

        await member.StartAsync();
        await member.Receiver.UntilAsync(() => member.Backbone.Health.Detail!.Contains("NOPERM", StringComparison.Ordinal), "a refusal");
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "other", "allchannels");

        await member.ConnectedAsync();
        await member.MustSendAsync(ShardInterest.NodeShard, 1);
        await member.MustSendAsync(ShardInterest.NodeShard, 2);
        await member.Receiver.CountAsync(2);
        Assert.Equal([1, 2], member.Numbers());
    }

    [Fact]
    public async Task The_bytes_that_wait_are_bounded_too()
    {
        await using var a = Member(TestServices.Redis);
        await using var slow = new BackboneMember(new RedisBackbone(
            new RedisBackboneOptions { ConnectionString = TestServices.Redis, ChannelPrefix = _prefix, ReceiveLimitBytes = 1 << 20 }, TimeProvider.System, _log));
        await a.StartAsync();
        await slow.StartAsync(1);
        await a.ConnectedAsync();
        await slow.ConnectedAsync();
        slow.Receiver.Close();

        for (var number = 0; number < 40; number++)
            await a.MustSendAsync(1, number, size: 200_000);

        await slow.Receiver.UntilAsync(() => slow.Backbone.Health.Dropped > 0, "frames that are dropped");
        Assert.InRange(slow.Backbone.Health.UnacknowledgedBytes, 1, (1 << 20) + 200_000);
        slow.Receiver.Open();
        await slow.Receiver.UntilAsync(() => slow.Numbers().Contains(39), "the newest frame");
        Assert.Single(_log.Lines, line => line.Id.Id == 3302);
    }

    private BackboneMember Member(string address, TimeProvider? time = null) =>
        new(new RedisBackbone(new RedisBackboneOptions { ConnectionString = address, ChannelPrefix = _prefix }, time ?? _time, _log));

    /// <summary>Moves the clock on, and lets the backbone look at what it is subscribed to, because a shard becomes wanted.</summary>
    private async Task LooksAfterAsync(BackboneMember member, TimeSpan time, int newShard)
    {
        var missed = member.Receiver.Missed;
        _time.Advance(time);
        member.Want(newShard);
        await member.ConnectedAsync(missed);
    }

    private async Task<IReadOnlyList<long>> SubscribersAsync(params int[] shards)
    {
        var counts = new List<long>();
        foreach (var shard in shards)
        {
            var answer = (RedisResult[])(await _redis.GetDatabase().ExecuteAsync("PUBSUB", "NUMSUB", $"{_prefix}shard:{shard}").WaitAsync(Cancel))!;
            counts.Add((long)answer[1]);
        }

        return counts;
    }
}
