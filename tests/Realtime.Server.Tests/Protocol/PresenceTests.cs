using System.Net;
using System.Text.Json;
using Realtime.Backbones;
using Realtime.Testing.Clients;
using Realtime.Testing.Conformance;

namespace Realtime.Server.Tests.Protocol;

/// <summary>Section 12 of the protocol: who is in a channel.</summary>
public sealed class PresenceTests(SharedServer server) : ProtocolTest(server)
{
    public static TheoryData<ReaderKind> AllKinds => TransportConformance.AllKinds;

    [Theory]
    [MemberData(nameof(AllKinds))]
    public async Task Whoever_reads_on_any_transport_is_listed(ReaderKind kind)
    {
        using var bob = await ServerClient.SignInAsync(Server.Address, "bob");
        await using var reader = await TestReader.OpenAsync(kind, bob, [Channel]);

        var answer = await PresenceAsync(Alice, Channel);

        Assert.Equal((Channel, 1), (answer.GetProperty("channel").GetString(), answer.GetProperty("count").GetInt32()));
        var user = Assert.Single(answer.GetProperty("users").EnumerateArray());
        Assert.Equal("bob", user.GetProperty("user").GetString());
        Assert.InRange(DateTimeOffset.UtcNow - user.GetProperty("since").GetDateTimeOffset(), TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(1));
        // The first poll of a long poller is answered at once and may be all there was so far.
        Assert.Equal([LabelOf(kind)], user.GetProperty("transports").EnumerateArray().Select(transport => transport.GetString()));
    }

    [Theory]
    [InlineData(ReaderKind.WebSocket)]
    [InlineData(ReaderKind.ServerSentEvents)]
    [InlineData(ReaderKind.LongPoll)]
    [InlineData(ReaderKind.HubJson)]
    [InlineData(ReaderKind.HubMessagePack)]
    public async Task Joins_and_leaves_come_as_signals_to_the_others(ReaderKind kind)
    {
        await using var own = TestServer.Start([.. TransportConformance.SharedSettings, ("Realtime:Presence:LeaveGrace", "00:00:00.5")]);
        using var alice = await ServerClient.SignInAsync(own.Address);
        using var bob = await ServerClient.SignInAsync(own.Address, "bob");
        await using var reader = await TestReader.OpenAsync(kind, alice, [Channel]);
        // A long poll hears what happens while it is held, and when that is only the server knows: comers go on until one is heard of.
        var heard = reader.NextAsync<SignalEvent>("presence signal", TimeSpan.FromSeconds(20));
        while (!heard.IsCompleted)
        {
            await using (await TestReader.OpenAsync(ReaderKind.WebSocket, bob, [Channel]))
                await Task.WhenAny(heard, Task.Delay(1000, TestContext.Current.CancellationToken));
            await Task.WhenAny(heard, Task.Delay(1000, TestContext.Current.CancellationToken));
        }

        var signal = (await heard).Signal;
        Assert.Equal((Channel, null, "presence", "bob"), (signal.Channel, signal.Offset, signal.Type, signal.User));
        Assert.Equal("bob", signal.Data.GetProperty("user").GetString());
        Assert.Equal(signal.Data.GetProperty("event").GetString() == "join" ? 2 : 1, signal.Data.GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task A_user_is_told_of_others_alone_and_of_each_once()
    {
        await using var first = await TestReader.OpenAsync(ReaderKind.WebSocket, Alice, [Channel]);
        await using var second = await TestReader.OpenAsync(ReaderKind.ServerSentEvents, Alice, [Channel]);
        using var bob = await ServerClient.SignInAsync(Server.Address, "bob");
        await using var other = await TestReader.OpenAsync(ReaderKind.WebSocket, bob, [Channel]);
        await using var again = await TestReader.OpenAsync(ReaderKind.ServerSentEvents, bob, [Channel]);

        var signal = (await first.NextAsync<SignalEvent>("join of bob")).Signal;
        Assert.Equal(("join", "bob"), (signal.Data.GetProperty("event").GetString(), signal.User));
        // Anything else about presence would come before the message.
        await Alice.PublishAsync(Channel, "1");
        await first.TakeAsync(1);
    }

    [Fact]
    public async Task Names_are_limited_and_the_count_is_not()
    {
        var readers = new List<IAsyncDisposable>();
        for (var i = 0; i < 3; i++)
        {
            var user = await ServerClient.SignInAsync(Server.Address, $"user{i}");
            readers.Add(await TestReader.OpenAsync(ReaderKind.WebSocket, user, [Channel]));
        }

        var answer = await PresenceAsync(Alice, Channel, "?limit=2");
        Assert.Equal(3, answer.GetProperty("count").GetInt32());
        Assert.Equal(["user0", "user1"], answer.GetProperty("users").EnumerateArray().Select(user => user.GetProperty("user").GetString()));
        foreach (var reader in readers)
            await reader.DisposeAsync();
    }

    [Fact]
    public async Task A_channel_that_nobody_reads_has_nobody()
    {
        var answer = await PresenceAsync(Alice, Channel);
        Assert.Equal((0, 0), (answer.GetProperty("count").GetInt32(), answer.GetProperty("users").GetArrayLength()));
    }

    [Theory]
    [InlineData("room:a/presence?limit=0", 400, "invalid-request")]
    [InlineData("room:a/presence?limit=x", 400, "invalid-request")]
    [InlineData("-room/presence", 400, "invalid-channel")]
    [InlineData("dm:bob:carol/presence", 403, "forbidden")]
    [InlineData("user:bob/presence", 403, "forbidden")]
    [InlineData("user:alice/presence", 404, "not-found")]
    [InlineData("posts:bob/presence", 404, "not-found")]
    public async Task What_can_not_be_asked_is_refused(string path, int status, string problem) =>
        await RefusedAsync(await Alice.GetAsync("api/channels/" + path), status, problem);

    [Fact]
    public async Task Only_those_with_a_token_may_ask_and_only_by_get()
    {
        using var nobody = new ServerClient(Server.Address, null);
        await RefusedAsync(await nobody.GetAsync($"api/channels/{Channel}/presence"), 401, "unauthenticated");
        await RefusedAsync(await Alice.PostAsync($"api/channels/{Channel}/presence", "{}"), 405, "method-not-allowed");
    }

    [Fact]
    public async Task Nobody_can_signal_presence_but_the_server() =>
        await RefusedAsync(await Alice.PostAsync($"api/channels/{Channel}/signals", """{"type":"presence","data":{"user":"bob","event":"join"}}"""), 400, "invalid-request", "type");

    [Fact]
    public async Task Presence_can_be_turned_off()
    {
        await using var own = TestServer.Start([.. TransportConformance.SharedSettings, ("Realtime:Presence:Enabled", "false")]);
        using var alice = await ServerClient.SignInAsync(own.Address);
        await RefusedAsync(await alice.GetAsync($"api/channels/{Channel}/presence"), 404, "not-found");
    }

    [Fact]
    public async Task Two_nodes_know_each_others_users_and_tell_their_own_readers()
    {
        var exchange = new InProcessExchange();
        (string, string)[] settings = [.. TransportConformance.SharedSettings, ("Realtime:Presence:LeaveGrace", "00:00:01")];
        await using var left = TestServer.StartWith(new InProcessBackbone(exchange), settings);
        await using var right = TestServer.StartWith(new InProcessBackbone(exchange), settings);
        using var alice = await ServerClient.SignInAsync(left.Address);
        using var bobRight = await ServerClient.SignInAsync(right.Address, "bob");
        using var bobLeft = bobRight.Through(left.Address);
        await using var reader = await TestReader.OpenAsync(ReaderKind.WebSocket, alice, [Channel]);
        var bob = await TestReader.OpenAsync(ReaderKind.ServerSentEvents, bobRight, [Channel]);

        Assert.Equal(("bob", "join"), await NextAsync(reader));
        foreach (var asked in (ServerClient[])[alice, bobRight])
        {
            var list = await PresenceAsync(asked, Channel);
            Assert.Equal(["alice websocket", "bob sse"], list.GetProperty("users").EnumerateArray()
                .Select(user => $"{user.GetProperty("user").GetString()} {user.GetProperty("transports")[0].GetString()}").Order(StringComparer.Ordinal));
        }

        // To the other node and another transport: nobody hears of it.
        await bob.DisposeAsync();
        var moved = await TestReader.OpenAsync(ReaderKind.WebSocket, bobLeft, [Channel]);
        await Deadline.UntilAsync(
            async () => (await PresenceAsync(bobRight, Channel)).ToString(), list => !list.Contains("sse", StringComparison.Ordinal), "list without SSE");
        await moved.DisposeAsync();
        Assert.Equal(("bob", "leave"), await NextAsync(reader));
    }

    private static async Task<(string? User, string? Event)> NextAsync(TestReader reader)
    {
        var signal = (await reader.NextAsync<SignalEvent>("presence signal")).Signal;
        return (signal.User, signal.Data.GetProperty("event").GetString());
    }

    private static async Task<JsonElement> PresenceAsync(ServerClient user, string channel, string query = "")
    {
        using var response = await user.GetAsync($"api/channels/{channel}/presence{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await ServerClient.JsonAsync(response);
    }

    private static string LabelOf(ReaderKind kind) => kind switch
    {
        ReaderKind.WebSocket => "websocket",
        ReaderKind.ServerSentEvents => "sse",
        ReaderKind.LongPoll => "long-poll",
        ReaderKind.ShortPoll => "short-poll",
        _ => "signalr",
    };
}
