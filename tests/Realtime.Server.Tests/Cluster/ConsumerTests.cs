using System.Net;
using System.Text.Json;
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

        await CommitAsync(alice, channel, "worker", 12);
        await CommitAsync(there, channel, "me", 20);

        Assert.Equal(Enumerable.Range(13, 18), Offsets(await JsonAsync(there, $"api/channels/{channel}/consumers/worker/messages")));
        Assert.Equal(20, (await JsonAsync(alice, $"api/channels/{channel}/consumers/me")).GetProperty("offset").GetInt32());
        var inbox = (await JsonAsync(alice, "api/inbox")).GetProperty("channels").EnumerateArray().Single();
        Assert.Equal((channel, 10), (inbox.GetProperty("channel").GetString(), inbox.GetProperty("unread").GetInt32()));
    }

    [Fact]
    public async Task A_fetch_that_is_held_on_one_node_is_answered_by_a_publish_on_another()
    {
        await using var cluster = await ServerCluster.StartAsync("redis");
        using var alice = await ServerClient.SignInAsync(cluster.AddressOf(0));
        using var there = alice.Through(cluster.AddressOf(1));
        var channel = $"room:{Guid.NewGuid():N}";

        var fetching = JsonAsync(there, $"api/channels/{channel}/consumers/worker/messages?wait=50");
        await alice.PublishAsync(channel, "1");

        Assert.Equal([1], Offsets(await Deadline.WithinAsync(fetching, "the fetch")));
    }

    private static async Task CommitAsync(ServerClient client, string channel, string consumer, long offset)
    {
        using var content = new StringContent($$"""{"offset":{{offset}}}""", null, "application/json");
        using var response = await client.SendAsync(HttpMethod.Put, $"api/channels/{channel}/consumers/{consumer}", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task<JsonElement> JsonAsync(ServerClient client, string path)
    {
        using var response = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await ServerClient.JsonAsync(response);
    }

    private static IEnumerable<int> Offsets(JsonElement page) =>
        page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("offset").GetInt32());
}
