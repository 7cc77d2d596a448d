using System.Collections.Concurrent;
using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;

namespace Realtime.Client.Tests;

/// <summary>A reader whose every connection may end on another node.</summary>
public sealed class NodesTests(ClientServer server) : ClientTest(server)
{
    [Fact]
    public async Task A_reader_that_is_moved_between_nodes_again_and_again_sees_every_message_once_and_in_order()
    {
        const int Count = 200;
        await using var postgres = PrivateService.Create("postgres");
        await using var redis = PrivateService.Create("redis");
        await Task.WhenAll(postgres.StartAsync(), redis.StartAsync());
        await using var left = StartNode(postgres, redis);
        await using var right = StartNode(postgres, redis);
        using var alice = await ServerClient.SignInAsync(left.Address);
        var nodes = new ConcurrentBag<Uri>();
        await using var proxy = new HostileProxy(
            () =>
            {
                var node = nodes.Count % 2 == 0 ? left.Address : right.Address;
                nodes.Add(node);
                return node;
            },
            _ => Treatment.Kill);

        foreach (var transport in EveryTransport.Select(row => row.Data))
        {
            var channel = $"{Channel}-{transport}";
            nodes.Clear();
            await using var client = new RealtimeClient(Options(transport, proxy.Address));
            await using var reader = new TestSubscription(client, [channel], "earliest");
            for (var first = 1; first <= Count; first += 50)
            {
                await alice.PublishRangeAsync(channel, first, 50);
                AssertOffsets(first, await reader.TakeAsync(50));
            }

            // Until it has been on both.
            for (var offset = Count + 1; nodes.Distinct().Count() < 2; offset++)
            {
                await alice.PublishRangeAsync(channel, offset, 1);
                AssertOffsets(offset, await reader.TakeAsync(1));
            }
        }
    }

    private static ClientServer StartNode(PrivateService postgres, PrivateService redis) => new(
        ("Realtime:Store:Kind", "postgres"), ("Realtime:Store:ConnectionString", postgres.Address),
        ("Realtime:Backbone:Kind", "redis"), ("Realtime:Backbone:ConnectionString", redis.Address));
}
