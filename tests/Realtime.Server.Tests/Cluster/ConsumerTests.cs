using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Cluster;

/// <summary>Consumers and inboxes are the same on every node.</summary>
public sealed class ConsumerTests
{
    [Fact]
    public async Task What_one_node_commits_another_goes_on_from()
    {
        await using var cluster = await ServerCluster.StartAsync("redis");
        using var alice = await ServerClient.SignInAsync(cluster.AddressOf(0));
        using var there = alice.Through(cluster.AddressOf(1));
        var channel = $"room:{Guid.NewGuid():N}";
        await alice.PublishRangeAsync(channel, 1, 30);

        await alice.CommitAsync(channel, "worker", 12);
        await there.CommitAsync(channel, "me", 20);

        Assert.Equal(Enumerable.Range(13, 18), ServerClient.Offsets(await there.FetchAsync(channel, "worker")));
        Assert.Equal(20, (await alice.PlaceAsync(channel, "me")).GetProperty("offset").GetInt32());
        var inbox = (await alice.GetJsonAsync("api/inbox")).GetProperty("channels").EnumerateArray().Single();
        Assert.Equal((channel, 10), (inbox.GetProperty("channel").GetString(), inbox.GetProperty("unread").GetInt32()));
    }

    [Fact]
    public async Task A_fetch_that_is_held_on_one_node_is_answered_by_a_publish_on_another()
    {
        await using var cluster = await ServerCluster.StartAsync("redis");
        using var alice = await ServerClient.SignInAsync(cluster.AddressOf(0));
        using var there = alice.Through(cluster.AddressOf(1));
        var channel = $"room:{Guid.NewGuid():N}";

        var fetching = there.FetchAsync(channel, "worker", "?wait=50");
        await alice.PublishAsync(channel, "1");

        Assert.Equal([1], ServerClient.Offsets(await Deadline.WithinAsync(fetching, "the fetch")));
    }
}
