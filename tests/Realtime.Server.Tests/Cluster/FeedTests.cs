using System.Net;
using System.Text.Json;
using RabbitMQ.Client;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;
using StackExchange.Redis;

namespace Realtime.Server.Tests.Cluster;

/// <summary>Follows, fan-out and mailboxes are the nodes' in common.</summary>
public sealed class FeedTests
{
    [Fact]
    public async Task A_post_on_one_node_is_in_mailboxes_that_another_reads_though_nodes_are_killed_and_without_Redis_it_is_pulled()
    {
        // More than both nodes take at once, each of another author.
        string[] held = [.. Enumerable.Range(0, 20).Select(number => $"held-{number:d2}").Reverse()];
        await using var redis = await PrivateService.StartNewAsync("redis");
        await using var cluster = await ServerCluster.StartAsync(
            "rabbitmq", nodes: 2, ("Realtime:Feeds:Strategy", "Push"), ("Realtime:Redis:ConnectionString", redis.Address));
        using var ann = await ServerClient.SignInAsync(cluster.AddressOf(0), "ann");
        using var bob = await ServerClient.SignInAsync(cluster.AddressOf(1), "bob");
        foreach (var author in held.Append("ann"))
        {
            using var followed = await bob.SendAsync(HttpMethod.Put, $"api/users/bob/follows/{author}");
            Assert.Equal(HttpStatusCode.NoContent, followed.StatusCode);
        }

        // Who reads is active, which nodes learn a moment later, and gets posts from then on.
        await PostAsync(ann, "p1");
        await MailboxAloneAsync("p1");
        await PostAsync(ann, "p2");
        await InRedisAsync("p2");
        await MailboxAloneAsync("p2", "p1");
        await MailboxesHangAndANodeIsKilledAsync();
        using var annElsewhere = ann.Through(cluster.AddressOf(1));
        await PostAsync(annElsewhere, "p3");
        await InRedisAsync("p3");

        await redis.KillAsync();
        await PostAsync(annElsewhere, "p4");
        Assert.Equal(["p4", "p3", .. held, "p2", "p1"], Ids(await TimelineAsync(bob)));
        await redis.StartAsync();
        await MailboxAloneAsync(["p4", "p3", .. held, "p2", "p1"]);
        await PostAsync(annElsewhere, "p5");
        await InRedisAsync("p5");
        await MailboxAloneAsync(["p5", "p4", "p3", .. held, "p2", "p1"]);

        // Each node has taken as much work as it may, and none of it gets done, when one of them ends.
        async Task MailboxesHangAndANodeIsKilledAsync()
        {
            await redis.FreezeAsync();
            foreach (var id in held.Reverse())
            {
                using var author = await ServerClient.SignInAsync(cluster.AddressOf(0), id);
                await PostAsync(author, id);
            }

            await using (var broker = await new ConnectionFactory { Uri = new Uri(cluster.Broker.Address) }.CreateConnectionAsync())
            await using (var channel = await broker.CreateChannelAsync())
                await Deadline.UntilAsync(() => channel.MessageCountAsync("realtime.fanout"), waiting => waiting > 0, "work that nobody may take any longer");
            await cluster.KillNodeAsync(0);
            await redis.ThawAsync();
            await InRedisAsync(held);
        }

        // Nobody reads meanwhile, so what is there was pushed.
        async Task InRedisAsync(params string[] posts)
        {
            await using var admin = await ConnectionMultiplexer.ConnectAsync(redis.Address);
            await Deadline.UntilAsync(
                async () =>
                {
                    var members = await admin.GetDatabase().SortedSetRangeByRankAsync("realtime:mailbox:bob");
                    return string.Join(' ', posts.Except(members.Select(member => member.ToString().Split('\x01')[0])));
                },
                missing => missing.Length == 0,
                $"mailbox that lacks none of {string.Join(' ', posts)}");
        }

        // A timeline that is right from the first look, and comes from the mailbox alone before long.
        Task MailboxAloneAsync(params string[] ids) => Deadline.UntilAsync(
            async () =>
            {
                var page = await TimelineAsync(bob);
                Assert.Equal(ids, Ids(page));
                return page.GetProperty("cost");
            },
            cost => cost.GetProperty("mailboxReads").GetInt32() == 1 && cost.GetProperty("sourceReads").GetInt32() == 0,
            "timeline from the mailbox alone");
    }

    private static async Task PostAsync(ServerClient client, string id)
    {
        using var response = await client.PostAsync("api/posts", $$"""{"data":{"text":"{{id}}"},"id":"{{id}}"}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    private static async Task<JsonElement> TimelineAsync(ServerClient client)
    {
        using var response = await client.GetAsync("api/timeline");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await ServerClient.JsonAsync(response);
    }

    private static IEnumerable<string?> Ids(JsonElement page) => page.GetProperty("posts").EnumerateArray().Select(post => post.GetProperty("id").GetString());
}
