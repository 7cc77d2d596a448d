using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Presence;
using Realtime.Sessions;
using Realtime.Testing.Fakes;
using Realtime.Transports;

namespace Realtime.Core.Tests.Presence;

/// <summary>Presence as sessions and polls make it and hear of it.</summary>
public sealed class PresenceDeliveryTests
{
    private static readonly ChannelName Room = ChannelName.Parse("room:a");
    private static readonly ChannelName Other = ChannelName.Parse("room:b");

    private readonly FakeTime _time = new();
    private PresenceExchange? _exchange;

    [Fact]
    public async Task Sessions_hear_of_others_and_never_of_their_own_user()
    {
        await using var node = await StartAsync();
        var alice = await ConnectAsync(node, "alice", Room);
        var bob = await ConnectAsync(node, "bob", Room);
        Round();
        await alice.Connection.WhenAsync(one => one.Kinds.Contains("signal"), "the join of bob");
        await bob.Connection.WhenAsync(one => one.Kinds.Contains("signal"), "the join of alice");
        await alice.SettleAsync();
        await bob.SettleAsync();

        Assert.Equal(["join bob"], Events(alice));
        Assert.Equal(["join alice"], Events(bob));
    }

    [Fact]
    public async Task Unsubscribing_and_leaving_end_presence()
    {
        await using var node = await StartAsync();
        var alice = await ConnectAsync(node, "alice", Room, Other);
        _time.Advance(TimeSpan.FromSeconds(1));
        var bob = await ConnectAsync(node, "bob", Room, Other);
        Round();
        Assert.Equal([2, 2], await CountsAsync(node));

        await bob.UnsubscribeAsync(Other);
        Assert.Equal(["websocket"], (await node.Presence.ReadAsync(Room, 10, Cancel))!.Users[1].Transports);
        Assert.Empty((await node.Presence.ReadAsync(Other, 10, Cancel))!.Users[1].Transports);
        await bob.DetachAsync();
        Assert.Empty((await node.Presence.ReadAsync(Room, 10, Cancel))!.Users[1].Transports);

        for (var i = 0; i < 70; i++)
            Round();
        await alice.Connection.WhenAsync(one => Events(one).Count(text => text == "leave bob") == 2, "both leaves of bob");
        Assert.Equal([1, 1], await CountsAsync(node));
    }

    [Fact]
    public async Task A_held_poll_counts_hears_of_others_and_is_not_answered_for_its_own_user()
    {
        await using var node = await StartAsync();
        var alice = await ConnectAsync(node, "alice", Room);
        Round();
        var first = await PollAsync(node, null);
        var held = PollAsync(node, first.Cursor);
        Round();
        await alice.Connection.WhenAsync(one => Events(one).Contains("join bob"), "the join of bob");
        Assert.Equal(["alice websocket", "bob long-poll"], (await node.Presence.ReadAsync(Room, 10, Cancel))!.Users
            .Select(user => $"{user.User} {string.Join(' ', user.Transports)}").Order(StringComparer.Ordinal));

        await ConnectAsync(node, "carol", Room);
        Round();
        var answer = await held.Within("an answer");
        Assert.Equal(["carol"], answer.Signals.Select(signal => signal.Draft.User));
    }

    [Fact]
    public async Task A_poll_without_a_user_is_nobody()
    {
        await using var node = await StartAsync();
        Assert.True(ReadStart.TryParse("latest", out var start));
        await node.Polls.PollAsync(new PollRequest([Room], start, 10, TimeSpan.Zero), Cancel);
        Assert.Equal(0, node.Presence.Entries);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<MemoryReader> ConnectAsync(MemoryNode node, string user, params ChannelName[] channels)
    {
        var reader = node.Open(user: user);
        await reader.SubscribeAsync(null, channels);
        return reader;
    }

    private static Task<PollResult> PollAsync(MemoryNode node, string? cursor)
    {
        Assert.True(ReadStart.TryParse(cursor, out var start));
        return node.Polls.PollAsync(
            new PollRequest([Room], start, 10, TimeSpan.FromSeconds(25)) { User = "bob", Transport = TransportNames.LongPoll }, Cancel).AsTask();
    }

    private static async Task<IEnumerable<int>> CountsAsync(MemoryNode node) =>
        [(await node.Presence.ReadAsync(Room, 10, Cancel))!.Count, (await node.Presence.ReadAsync(Other, 10, Cancel))!.Count];

    private static List<string> Events(MemoryReader reader) => Events(reader.Connection);

    private static List<string> Events(MemoryConnection connection) => [.. connection.Received.Where(one => one.Kind == "signal").Select(one =>
    {
        var data = one.Body.GetProperty("signal").GetProperty("data");
        return $"{data.GetProperty("event").GetString()} {data.GetProperty("user").GetString()}";
    })];

    private async Task<MemoryNode> StartAsync()
    {
        var node = await MemoryNode.StartAsync(new MemoryNodeParts { Time = _time, RunsPresence = false });
        _exchange = new PresenceExchange(node.Presence, node.Sender.Node, (_, _) => Assert.Fail("There is nobody to send to."));
        return node;
    }

    private void Round()
    {
        _time.Advance(PresenceNetwork.Step);
        _exchange!.Run();
    }
}
