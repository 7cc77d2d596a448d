using System.Net;
using Realtime.Client.Tests.Support;

namespace Realtime.Client.Tests;

public sealed class PublishingTests(ClientServer server) : ClientTest(server)
{
    [Fact]
    public async Task A_publish_is_answered_by_its_place()
    {
        var client = Open(Options());
        var ack = await client.PublishAsync(Channel, new { Text = "héllo" }, "my-id", "chat", Cancelled);
        Assert.Equal((Channel, 1L, "my-id"), (ack.Channel, ack.Offset, ack.Id));
        Assert.Equal(ack, await client.PublishAsync(Channel, new { Text = "héllo" }, "my-id", "chat", Cancelled));

        var page = await client.GetHistoryAsync(Channel, cancellationToken: Cancelled);
        var message = Assert.Single(page.Messages);
        Assert.Equal((1L, 1L, "chat", "bob"), (page.First, page.Head, message.Type, message.User));
        Assert.Equal("héllo", message.Data.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_publish_whose_answer_is_lost_is_published_once()
    {
        var posts = 0;
        await using var proxy = new HostileProxy(Server.Address, head =>
            head.StartsWith("POST", StringComparison.Ordinal) && Interlocked.Increment(ref posts) % 3 != 0 ? Treatment.LoseAnswer : Treatment.Pass);
        var client = Open(Options(through: proxy.Address));
        for (var offset = 1; offset <= 10; offset++)
            Assert.Equal(offset, (await client.PublishAsync(Channel, offset, cancellationToken: Cancelled)).Offset);
        var batch = Enumerable.Range(11, 10).Select(number => new OutgoingMessage(Channel, number)).ToList();
        Assert.Equal(Enumerable.Range(11, 10).Select(n => (long)n), (await client.PublishAsync(batch, Cancelled)).Select(result => result.Ack!.Offset));

        Assert.Equal(33, posts);
        Assert.Equal(Enumerable.Range(1, 20), (await client.GetHistoryAsync(Channel, cancellationToken: Cancelled)).Messages.Select(message => message.GetData<int>()));
    }

    [Fact]
    public async Task A_server_that_stays_away_is_told_after_the_publish_timeout()
    {
        await using var proxy = new HostileProxy(Server.Address, _ => Treatment.LoseAnswer);
        var options = Options(through: proxy.Address);
        options.PublishTimeout = TimeSpan.FromMilliseconds(300);
        var error = await Assert.ThrowsAsync<RealtimeClientException>(() => Open(options).PublishAsync(Channel, 1, cancellationToken: Cancelled));
        Assert.Equal(("connection-lost", null, true), (error.Code, error.Status, error.IsTransient));
    }

    [Fact]
    public async Task A_refusal_has_the_fields_of_the_problem()
    {
        var client = Open(Options());
        await client.PublishAsync(Channel, 1, "same", cancellationToken: Cancelled);
        var conflict = await Assert.ThrowsAsync<RealtimeClientException>(() => client.PublishAsync(Channel, 2, "same", cancellationToken: Cancelled));
        Assert.Equal(("id-conflict", HttpStatusCode.Conflict, false), (conflict.Code, conflict.Status, conflict.IsTransient));
        Assert.False(string.IsNullOrEmpty(conflict.Detail));

        var invalid = await Assert.ThrowsAsync<RealtimeClientException>(() => client.PublishAsync(Channel, 2, "not an id", cancellationToken: Cancelled));
        Assert.Equal(("invalid-request", HttpStatusCode.BadRequest), (invalid.Code, invalid.Status));
        Assert.Contains("id", invalid.Errors.Keys);
    }

    [Fact]
    public async Task A_bad_message_of_a_batch_stops_none_of_the_others()
    {
        var results = await Open(Options()).PublishAsync(
            [new OutgoingMessage(Channel, 1), new OutgoingMessage("user:somebody-else", 2), new OutgoingMessage(Channel, null, Type: "empty")], Cancelled);
        Assert.Equal([1L, null, 2L], results.Select(result => result.Ack?.Offset));
        Assert.Equal([null, "forbidden", null], results.Select(result => result.Error?.Code));
    }

    [Fact]
    public async Task A_signal_reaches_whoever_is_connected()
    {
        var client = Open(Options());
        var reader = await ReadAsync(client);
        await client.SignalAsync(Channel, "typing", new { on = true }, Cancelled);
        var signal = Assert.Single(await reader.TakeAsync(1));
        Assert.Equal((ReceivedKind.Signal, "typing"), (signal.Kind, signal.Type));
    }

    [Fact]
    public async Task History_is_read_in_pages()
    {
        await Alice.PublishRangeAsync(Channel, 1, 30);
        var client = Open(Options());
        var after = await client.GetHistoryAsync(Channel, new HistoryQuery { After = 10, Limit = 5 }, Cancelled);
        AssertOffsets(11, after.Messages);
        AssertOffsets(16, (await client.GetHistoryAsync(Channel, new HistoryQuery { Before = 21, Limit = 5 }, Cancelled)).Messages);
        var since = await client.GetHistoryAsync(Channel, new HistoryQuery { Since = after.Messages[0].Time, Limit = 1_000 }, Cancelled);
        Assert.Contains(since.Messages, message => message.Offset == 11);
        Assert.All(since.Messages, message => Assert.True(message.Time >= after.Messages[0].Time));
    }
}
