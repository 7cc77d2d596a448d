using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

/// <summary>When the server says how long to stay away, the client does.</summary>
public sealed class ServerWishesTests(ClientServer server) : ClientTest(server)
{
    private static readonly TimeSpan Wished = TimeSpan.FromSeconds(2);

    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task A_reader_that_is_turned_away_waits_as_long_as_asked_and_counts_it_against_no_transport(RealtimeTransport transport)
    {
        var isUp = false;
        await using var proxy = new HostileProxy(Server.Address, _ => Volatile.Read(ref isUp) ? Treatment.Pass : Treatment.Overload);
        await using var client = new RealtimeClient(Options(transport, proxy.Address));
        var lost = FirstLoss(client);
        await using var reader = new TestSubscription(client, [Channel], null);
        var change = await Deadline.WithinAsync(lost, "refusal");
        Volatile.Write(ref isUp, true);

        Assert.InRange(change.RetryIn, Wished, Wished + Options().MaxReconnectDelay);
        Assert.Equal(transport, await Deadline.WithinAsync(reader.Connected, "connection"));
    }

    [Fact]
    public async Task A_publish_that_is_turned_away_is_repeated_after_the_time_asked_for()
    {
        var posts = 0;
        await using var proxy = new HostileProxy(Server.Address, _ => Interlocked.Increment(ref posts) == 1 ? Treatment.Overload : Treatment.Pass);
        var client = Open(Options(through: proxy.Address));
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(1, (await client.PublishAsync(Channel, 1, cancellationToken: Cancelled)).Offset);
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= Wished);
    }

    [Theory]
    [InlineData(RealtimeTransport.WebSocket)]
    [InlineData(RealtimeTransport.ServerSentEvents)]
    public async Task A_server_that_shuts_down_is_left_without_an_error(RealtimeTransport transport)
    {
        await using var own = new ClientServer();
        await using var client = new RealtimeClient(Options(transport, own.Address));
        var lost = FirstLoss(client);
        await using var reader = new TestSubscription(client, [Channel], null);
        await Deadline.WithinAsync(reader.Connected, "proven connection");
        await own.DisposeAsync();

        Assert.Null((await Deadline.WithinAsync(lost, "drained connection")).Error);
    }

    private static Task<ConnectionChangedEventArgs> FirstLoss(RealtimeClient client)
    {
        var lost = new TaskCompletionSource<ConnectionChangedEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ConnectionChanged += (_, change) =>
        {
            if (!change.IsConnected)
                lost.TrySetResult(change);
        };
        return lost.Task;
    }
}
