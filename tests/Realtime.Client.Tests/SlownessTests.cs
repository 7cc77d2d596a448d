using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

/// <summary>A consumer that takes nothing for a while: the client reads no further, and goes on from where it stood.</summary>
public sealed class SlownessTests(ClientServer server) : ClientTest(server)
{
    /// <summary>Of 1 kB each: more than the buffer and the sockets hold.</summary>
    private const int Count = 8_000;

    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task A_consumer_that_is_slow_gets_everything_when_it_goes_on(RealtimeTransport transport)
    {
        var client = Open(SmallBuffer(transport, Server.Address));
        var reader = await ReadAsync(client);
        await PublishAsync(client);

        AssertOffsets(1, await reader.TakeAsync(Count));
    }

    [Theory]
    [InlineData(RealtimeTransport.WebSocket)]
    [InlineData(RealtimeTransport.ServerSentEvents)]
    public async Task A_connection_that_the_server_gave_up_is_resumed_from_its_cursor(RealtimeTransport transport)
    {
        await using var own = new ClientServer();
        using var alice = await ServerClient.SignInAsync(own.Address);
        await using var client = new RealtimeClient(SmallBuffer(transport, own.Address));
        var losses = 0;
        client.ConnectionChanged += (_, change) => losses += change.IsConnected ? 0 : 1;
        await using var reader = new TestSubscription(client, [Channel], null);
        await Deadline.WithinAsync(reader.Connected, "proven connection");
        await PublishAsync(client);
        await Deadline.UntilAsync(() => alice.GetJsonAsync("api/stats"), stats => Sessions(stats) == 0, "end of the session");

        AssertOffsets(1, await reader.TakeAsync(Count));
        Assert.True(losses > 0);
    }

    private RealtimeClientOptions SmallBuffer(RealtimeTransport transport, Uri address)
    {
        var options = Options(transport, address);
        options.BufferSize = 10;
        return options;
    }

    private async Task PublishAsync(RealtimeClient client)
    {
        var batch = Enumerable.Repeat(new OutgoingMessage(Channel, new string('x', 1_000)), 200).ToList();
        for (var published = 0; published < Count; published += batch.Count)
            Assert.All(await client.PublishAsync(batch, Cancelled), result => Assert.Null(result.Error));
    }

    private static int Sessions(System.Text.Json.JsonElement stats) =>
        stats.GetProperty("sessions").EnumerateObject().Sum(transport => transport.Value.GetInt32());
}
