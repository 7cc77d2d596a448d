using System.Text.Json;
using Realtime.Channels;
using Realtime.Testing.Fakes;

namespace Realtime.Feeds.Tests;

public sealed class LiveTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(FeedStrategy.Push)]
    [InlineData(FeedStrategy.Pull)]
    [InlineData(FeedStrategy.Hybrid)]
    [InlineData(FeedStrategy.Auto)]
    public async Task Connected_followers_get_posts_and_deletions_whatever_the_strategy(FeedStrategy strategy)
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions { Strategy = strategy, FollowerThreshold = 1 });
        await world.Feeds.FollowAsync("bob", "ann", Cancel);
        var bob = await ConnectAsync(world, "bob");
        var cid = await ConnectAsync(world, "cid");

        var post = Assert.Single(await world.PostAsync(("ann", "p1")));
        await world.Feeds.DeletePostAsync("ann", "p1", Cancel);
        // Signals go out behind the calls: who leaves before that hears nothing any longer.
        await DeliveredAsync(world);
        await world.Feeds.FollowAsync("cid", "ann", Cancel);
        await world.Live.ReadyAsync("cid").Within("cid's follows are known");
        await world.Feeds.UnfollowAsync("bob", "ann", Cancel);
        await world.Live.ReadyAsync("bob").Within("bob's follows are known");
        await world.PostAsync(("ann", "p2"));
        await DeliveredAsync(world);

        var signals = SignalsOf(bob);
        Assert.Equal(["post", "delete"], signals.Select(signal => signal.Draft.Type));
        Assert.Equal(post.Json.ToArray(), signals[0].Draft.Data.ToArray());
        Assert.Equal("""{"id":"p1","author":"ann"}""", JsonSerializer.Serialize(JsonElement.Parse(signals[1].Draft.Data.Span)));
        Assert.Equal(["p2"], SignalsOf(cid).Select(signal => signal.Draft.Id));
    }

    [Fact]
    public async Task Authors_hear_of_their_own_posts_on_their_other_devices()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions());
        var ann = await ConnectAsync(world, "ann");

        await world.PostAsync(("ann", "p1"));
        await DeliveredAsync(world);

        Assert.Equal(["p1"], SignalsOf(ann).Select(signal => signal.Draft.Id));
    }

    [Fact]
    public async Task Who_has_left_costs_nothing_any_longer()
    {
        await using var world = await FeedWorld.StartAsync(new FeedOptions());
        await world.Feeds.FollowAsync("bob", "ann", Cancel);
        var bob = await ConnectAsync(world, "bob");
        Assert.Equal(1, world.Live.Readers);

        world.Logs.Release(bob);
        world.Logs.DropIdle(TimeSpan.Zero);

        Assert.Equal(0, world.Live.Readers);
        Assert.Equal(0, world.Live.Authors);
    }

    private static async Task<ChannelLog> ConnectAsync(FeedWorld world, string user)
    {
        var log = await world.Logs.AcquireAsync(ChannelName.Parse($"timeline:{user}"), Cancel);
        await world.Live.ReadyAsync(user).Within($"{user}'s follows are known");
        return log;
    }

    private static async Task DeliveredAsync(FeedWorld world)
    {
        while (world.Live.Waiting > 0)
            await Task.Yield();
    }

    private static List<Signal> SignalsOf(ChannelLog log)
    {
        var signals = new List<Signal>();
        log.ReadSignals(0, signals);
        return signals;
    }
}
