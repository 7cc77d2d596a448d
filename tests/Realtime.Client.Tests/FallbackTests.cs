using Microsoft.Extensions.Time.Testing;
using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

/// <summary>Which transport <see cref="RealtimeTransport.Auto"/> ends on behind hostile middleboxes.</summary>
public sealed class FallbackTests(ClientServer server) : ClientTest(server)
{
    [Fact]
    public async Task A_clean_network_gets_the_first() => Assert.Equal(RealtimeTransport.WebSocket, await EndOfLadderAsync(_ => Treatment.Pass));

    [Fact]
    public async Task Refused_WebSockets_make_way_for_SSE() =>
        Assert.Equal(RealtimeTransport.ServerSentEvents, await EndOfLadderAsync(head => IsWebSocket(head) ? Treatment.Refuse : Treatment.Pass));

    [Fact]
    public async Task Held_answers_make_way_for_long_polls() =>
        Assert.Equal(RealtimeTransport.LongPoll, await EndOfLadderAsync(head => IsWebSocket(head) || IsStream(head) ? Treatment.Hold : Treatment.Pass));

    [Fact]
    public async Task WebSockets_that_die_early_make_way_for_SSE_and_nothing_is_lost()
    {
        await using var proxy = new HostileProxy(Server.Address, head => IsWebSocket(head) ? Treatment.Kill : Treatment.Pass);
        var used = new List<RealtimeTransport>();
        await using var client = new RealtimeClient(Options(through: proxy.Address));
        var sse = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ConnectionChanged += (_, change) =>
        {
            if (!change.IsConnected)
                return;
            used.Add(change.Transport);
            if (change.Transport == RealtimeTransport.ServerSentEvents)
                sse.TrySetResult();
        };
        await using var reader = new TestSubscription(client, [Channel], "earliest");
        await Alice.PublishRangeAsync(Channel, 1, 100);
        await Deadline.WithinAsync(sse.Task, "SSE");
        await Alice.PublishRangeAsync(Channel, 101, 100);

        AssertOffsets(1, await reader.TakeAsync(200));
        Assert.Equal([RealtimeTransport.WebSocket, RealtimeTransport.WebSocket, RealtimeTransport.ServerSentEvents], used);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_counts_against_no_transport()
    {
        var isUp = false;
        await using var proxy = new HostileProxy(Server.Address, _ => Volatile.Read(ref isUp) ? Treatment.Pass : Treatment.LoseAnswer);
        await using var client = new RealtimeClient(Options(through: proxy.Address));
        var failures = 0;
        client.ConnectionChanged += (_, change) =>
        {
            if (!change.IsConnected && ++failures == 10)
                Volatile.Write(ref isUp, true);
        };
        await using var reader = new TestSubscription(client, [Channel], null);

        Assert.Equal(RealtimeTransport.WebSocket, await Deadline.WithinAsync(reader.Connected, "connection"));
    }

    [Fact]
    public async Task A_transport_that_was_chosen_is_kept_to()
    {
        var refusals = 0;
        await using var proxy = new HostileProxy(
            Server.Address, head => IsWebSocket(head) && Interlocked.Increment(ref refusals) <= 5 ? Treatment.Refuse : Treatment.Pass);
        await using var client = new RealtimeClient(Options(RealtimeTransport.WebSocket, proxy.Address));
        await using var reader = new TestSubscription(client, [Channel], null);

        Assert.Equal(RealtimeTransport.WebSocket, await Deadline.WithinAsync(reader.Connected, "connection"));
        Assert.Equal(6, refusals);
    }

    [Fact]
    public async Task A_network_that_got_better_gets_the_better_transport_after_a_while()
    {
        var isBetter = false;
        await using var proxy = new HostileProxy(
            Server.Address, head => IsWebSocket(head) && !Volatile.Read(ref isBetter) ? Treatment.Refuse : Treatment.Pass);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var options = Options(through: proxy.Address);
        options.SilenceLimit = TimeSpan.FromMinutes(10);
        await using var client = new RealtimeClient(options, time: time);
        var climbed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ConnectionChanged += (_, change) =>
        {
            if (change is { IsConnected: true, Transport: RealtimeTransport.WebSocket })
                climbed.TrySetResult();
        };
        await using var reader = new TestSubscription(client, [Channel], null);
        Assert.Equal(RealtimeTransport.ServerSentEvents, await Deadline.WithinAsync(reader.Connected, "connection"));
        await Alice.PublishRangeAsync(Channel, 1, 3);
        AssertOffsets(1, await reader.TakeAsync(3));

        Volatile.Write(ref isBetter, true);
        time.Advance(TimeSpan.FromMinutes(6));
        await Deadline.WithinAsync(climbed.Task, "WebSocket");
        await Alice.PublishRangeAsync(Channel, 4, 3);
        AssertOffsets(4, await reader.TakeAsync(3));
    }

    private async Task<RealtimeTransport> EndOfLadderAsync(Func<string, Treatment> treat)
    {
        await using var proxy = new HostileProxy(Server.Address, treat);
        var options = Options(through: proxy.Address);
        options.ProofTimeout = TimeSpan.FromSeconds(2);
        await using var client = new RealtimeClient(options);
        await using var reader = new TestSubscription(client, [Channel], "earliest");
        await Alice.PublishRangeAsync(Channel, 1, 3);
        AssertOffsets(1, await reader.TakeAsync(3));
        return await Deadline.WithinAsync(reader.Connected, "proven connection");
    }

    private static bool IsWebSocket(string head) => head.StartsWith("GET /api/ws", StringComparison.Ordinal);

    private static bool IsStream(string head) => head.StartsWith("GET /api/stream", StringComparison.Ordinal);
}
