using System.Net;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Cluster;

/// <summary>A message published on any node reaches readers on every node, on every transport, once and in order, whatever the backbone.</summary>
public sealed class DeliveryTests
{
    private const int Messages = 120;

    [Theory]
    [InlineData("rabbitmq")]
    [InlineData("rabbitmq-stream")]
    [InlineData("redis")]
    public async Task Every_reader_on_every_node_has_all_messages_once_and_in_order(string backbone)
    {
        await using var cluster = await ServerCluster.StartAsync(backbone);
        using var alice = await ServerClient.SignInAsync(cluster.Balancer.Address);
        using var bob = await ServerClient.SignInAsync(cluster.AddressOf(1), "bob");
        var channel = $"room:{Guid.NewGuid():N}";
        var clients = Enumerable.Range(0, cluster.Count).Select(node => alice.Through(cluster.AddressOf(node))).ToList();
        var readers = new List<TestReader>();
        foreach (var client in clients)
        {
            foreach (var kind in Enum.GetValues<ReaderKind>())
                readers.Add(await TestReader.OpenAsync(kind, client, [channel]));
        }

        // Both nodes at once into one channel: what one commits lies between what the other does.
        await Task.WhenAll(clients.Select(async (client, node) =>
        {
            for (var number = 0; number < Messages / clients.Count; number++)
                await client.PublishAsync(channel, $"1{node}{number:000}", $"{node}-{number}");
        }));

        var expected = Enumerable.Range(1, Messages).Select(offset => (long?)offset);
        foreach (var reader in readers)
            Assert.Equal(expected, (await reader.TakeAsync(Messages)).Select(message => message.Offset));
        await AssertTicketsAreGoodEverywhereAsync(clients, channel);
        await AssertSignalsCrossAsync(clients[0], await TestReader.OpenAsync(ReaderKind.WebSocket, bob, [channel]), channel);
        await AssertFeedsCrossAsync(clients, bob);
        foreach (var one in readers)
            await one.DisposeAsync();
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Nodes_know_each_other_and_say_how_they_are()
    {
        await using var cluster = await ServerCluster.StartAsync();
        using var alice = await ServerClient.SignInAsync(cluster.AddressOf(0));

        // What a node last said of itself may be from before it was connected.
        var nodes = await Deadline.UntilAsync(
            async () => (await cluster.NodesAsync(alice, 0)).GetProperty("nodes").EnumerateArray().ToList(),
            seen => seen.Count == 2 && seen.All(node => node.GetProperty("status").GetProperty("connected").GetBoolean()),
            "other node, connected");

        Assert.Equal(["node0", "node1"], nodes.Select(node => node.GetProperty("status").GetProperty("name").GetString()).Order());
        Assert.True(nodes[0].GetProperty("isSelf").GetBoolean());
        await cluster.KillNodeAsync(1);
        await Deadline.UntilAsync(
            async () => (await cluster.NodesAsync(alice, 0)).GetProperty("nodes")[1].GetProperty("isSilent").GetBoolean(), silent => silent, "silence of a killed node");
        await cluster.StateBecomesAsync(0, 200, "degraded");
    }

    private static async Task AssertTicketsAreGoodEverywhereAsync(List<ServerClient> clients, string channel)
    {
        using var made = await clients[0].PostAsync("api/tickets", "{}");
        var ticket = (await ServerClient.JsonAsync(made)).GetProperty("ticket").GetString();
        using var anonymous = new ServerClient(clients[1].Address, null);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/stream?channels={channel}&ticket={ticket}");
        using var response = await anonymous.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>Alice posts and deletes on either node; Bob, who is connected to the second, hears of it, and reads the same on both.</summary>
    private static async Task AssertFeedsCrossAsync(List<ServerClient> alice, ServerClient bob)
    {
        using var follow = await bob.Through(alice[0].Address).SendAsync(HttpMethod.Put, "api/users/bob/follows/alice");
        Assert.Equal(HttpStatusCode.NoContent, follow.StatusCode);
        await using var reader = await TestReader.OpenAsync(ReaderKind.WebSocket, bob, ["timeline:bob"]);
        using var ready = await bob.GetAsync("api/timeline");
        for (var number = 0; number < 4; number++)
        {
            using var post = await alice[number % 2].PostAsync("api/posts", $$"""{"data":{{number}},"id":"p{{number}}"}""");
            Assert.Equal(HttpStatusCode.Created, post.StatusCode);
            Assert.Equal(("post", $"p{number}"), Told((await reader.NextAsync<SignalEvent>("post of another node")).Signal));
        }

        using var deleted = await alice[0].SendAsync(HttpMethod.Delete, "api/posts/p2");
        Assert.Equal(("delete", "p2"), Told((await reader.NextAsync<SignalEvent>("deletion on another node")).Signal));
        foreach (var node in alice)
        {
            foreach (var strategy in new[] { "auto", "push", "pull", "hybrid" })
            {
                using var response = await bob.Through(node.Address).GetAsync($"api/timeline?strategy={strategy}");
                var posts = (await ServerClient.JsonAsync(response)).GetProperty("posts").EnumerateArray().Select(post => post.GetProperty("id").GetString());
                Assert.Equal(["p3", "p1", "p0"], posts);
            }
        }

        static (string Type, string? Id) Told(ReceivedMessage signal) => (signal.Type, signal.Data.GetProperty("id").GetString());
    }

    private static async Task AssertSignalsCrossAsync(ServerClient sender, TestReader reader, string channel)
    {
        await sender.SignalAsync(channel, "typing", "true");
        while ((await reader.NextAsync("signal from another node")) is not SignalEvent { Signal.Type: "typing" })
        {
        }

        await reader.DisposeAsync();
    }
}
