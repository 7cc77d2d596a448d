using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

public sealed class ConsumerTests(ClientServer server) : ClientTest(server)
{
    [Fact]
    public async Task What_was_not_committed_comes_again()
    {
        await Alice.PublishRangeAsync(Channel, 1, 30);
        var consumer = Open(Options()).Consumer(Channel, "worker");
        AssertOffsets(1, (await consumer.FetchAsync(10, cancellationToken: Cancelled)).Messages);
        AssertOffsets(1, (await consumer.FetchAsync(10, cancellationToken: Cancelled)).Messages);
        Assert.Equal(new ConsumerState("worker", 10, 30, 20), await consumer.CommitAsync(10, Cancelled));
        AssertOffsets(11, (await consumer.FetchAsync(10, cancellationToken: Cancelled)).Messages);
        AssertOffsets(26, (await consumer.FetchAsync(10, after: 25, cancellationToken: Cancelled)).Messages);
    }

    [Fact]
    public async Task Seeking_moves_its_place()
    {
        await Alice.PublishRangeAsync(Channel, 1, 30);
        var consumer = Open(Options()).Consumer(Channel, "worker");
        Assert.Equal(0, (await consumer.SeekAsync("latest", Cancelled)).Lag);
        Assert.Equal(30, (await consumer.SeekAsync("earliest", Cancelled)).Lag);
        Assert.Equal(30, (await consumer.SeekAsync(DateTimeOffset.UnixEpoch, Cancelled)).Lag);
        Assert.Equal(new ConsumerState("worker", 0, 30, 30), await consumer.GetStateAsync(Cancelled));
    }

    [Fact]
    public async Task A_fetch_is_held_until_there_is_something()
    {
        var consumer = Open(Options()).Consumer(Channel, "worker");
        Assert.Empty((await consumer.FetchAsync(cancellationToken: Cancelled)).Messages);
        var held = consumer.FetchAsync(wait: TimeSpan.FromSeconds(30), minBytes: 1, cancellationToken: Cancelled);
        await Alice.PublishRangeAsync(Channel, 1, 1);
        AssertOffsets(1, (await Deadline.WithinAsync(held, "answer to a held fetch")).Messages);
    }

    [Fact]
    public async Task A_commit_beyond_the_head_is_refused_and_a_deleted_consumer_is_unknown()
    {
        await Alice.PublishRangeAsync(Channel, 1, 3);
        var consumer = Open(Options()).Consumer(Channel, "worker");
        Assert.Equal("invalid-request", (await Assert.ThrowsAsync<RealtimeClientException>(() => consumer.CommitAsync(4, Cancelled))).Code);
        await consumer.CommitAsync(3, Cancelled);
        await consumer.DeleteAsync(Cancelled);
        Assert.Equal("not-found", (await Assert.ThrowsAsync<RealtimeClientException>(() => consumer.DeleteAsync(Cancelled))).Code);
    }
}
