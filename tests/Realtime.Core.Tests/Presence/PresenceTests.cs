using Realtime.Channels;
using Realtime.Presence;

namespace Realtime.Core.Tests.Presence;

/// <summary>One node.</summary>
public sealed class PresenceTests : IDisposable
{
    private static readonly ChannelName Room = ChannelName.Parse("room:a");

    private readonly FakeTime _time = new();
    private readonly PresenceOptions _options = new() { LeaveGrace = TimeSpan.FromSeconds(5), PollLease = TimeSpan.FromSeconds(10) };
    private readonly PresenceNode _node;

    public PresenceTests() => _node = new PresenceNode(_time, _options);

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Who_comes_is_told_to_those_who_are_there_and_listed()
    {
        await _node.EnterAsync(Room, "alice");
        Pass(1);
        Assert.Empty(_node.NewSignals(Room));

        await _node.EnterAsync(Room, "bob", "sse");
        Pass(1);

        Assert.Equal(["join bob 2"], _node.NewSignals(Room));
        var list = await _node.ReadAsync(Room);
        Assert.Equal(2, list.Count);
        Assert.Equal([("alice", "websocket"), ("bob", "sse")], list.Users.Select(user => (user.User, string.Join(' ', user.Transports))));
        Assert.Equal(TimeSpan.FromSeconds(1), list.Users[1].Since - list.Users[0].Since);
    }

    [Fact]
    public async Task Several_sessions_of_a_user_are_one_join_and_one_leave_after_the_last()
    {
        await _node.EnterAsync(Room, "alice");
        Pass(1);
        var first = await _node.EnterAsync(Room, "bob");
        var second = await _node.EnterAsync(Room, "bob", "signalr");
        Pass(1);
        Assert.Equal(["websocket", "signalr"], (await _node.ReadAsync(Room)).Users.Single(user => user.User == "bob").Transports);

        first.Leave();
        Pass(20);
        Assert.Equal(["join bob 2"], _node.NewSignals(Room));

        second.Leave();
        Pass(4.8);
        Assert.Empty(_node.NewSignals(Room));
        Assert.Empty((await _node.ReadAsync(Room)).Users.Single(user => user.User == "bob").Transports);
        Pass(0.5);
        Assert.Equal(["leave bob 1"], _node.NewSignals(Room));
        Assert.Equal(1, (await _node.ReadAsync(Room)).Count);
    }

    [Fact]
    public async Task A_reconnect_within_the_grace_tells_nobody_and_keeps_since_when()
    {
        await _node.EnterAsync(Room, "alice");
        var bob = await _node.EnterAsync(Room, "bob");
        Pass(1);
        var since = (await _node.ReadAsync(Room)).Users[1].Since;
        _node.NewSignals(Room);

        bob.Leave();
        Pass(3);
        var again = await _node.EnterAsync(Room, "bob", "sse");
        Pass(20);
        Assert.Empty(_node.NewSignals(Room));
        Assert.Equal(since, (await _node.ReadAsync(Room)).Users.Single(user => user.User == "bob").Since);

        again.Leave();
        Pass(6);
        Assert.Equal(["leave bob 1"], _node.NewSignals(Room));
    }

    [Theory]
    [InlineData("short-poll")]
    [InlineData("long-poll")]
    public async Task Who_polls_is_present_between_polls_and_leaves_when_they_stop(string transport)
    {
        await _node.EnterAsync(Room, "alice");
        for (var i = 0; i < 5; i++)
        {
            await _node.PollAsync(Room, "bob", transport);
            Pass(9);
            Assert.Equal([transport], (await _node.ReadAsync(Room)).Users.Single(user => user.User == "bob").Transports);
        }

        Assert.Equal(["join bob 2"], _node.NewSignals(Room));
        Pass(5.5);
        Assert.Empty(_node.NewSignals(Room));
        Pass(1);
        Assert.Equal(["leave bob 1"], _node.NewSignals(Room));
    }

    [Fact]
    public async Task A_poll_that_is_held_longer_than_the_lease_counts_all_the_time()
    {
        await _node.EnterAsync(Room, "alice");
        Pass(1);
        await _node.PollAsync(Room, "bob", "long-poll");
        var held = await _node.EnterAsync(Room, "bob", "long-poll");
        Pass(50);
        held.EndPoll();
        Pass(14);
        Assert.Equal(["join bob 2"], _node.NewSignals(Room));
        Pass(2);
        Assert.Equal(["leave bob 1"], _node.NewSignals(Room));
    }

    [Fact]
    public async Task Who_comes_and_goes_between_two_rounds_is_told_of_to_nobody()
    {
        await _node.EnterAsync(Room, "alice");
        Pass(1);
        (await _node.EnterAsync(Room, "bob")).Leave();
        Pass(10);
        Assert.Empty(_node.NewSignals(Room));
        Assert.Equal(1, _node.Registry.Entries);
    }

    [Fact]
    public async Task Channels_that_all_have_left_cost_nothing()
    {
        var alice = await _node.EnterAsync(Room, "alice");
        var bob = await _node.EnterAsync(Room, "bob");
        Pass(1);
        Assert.Equal((2, 1), (_node.Registry.Entries, _node.Registry.Channels));

        alice.Leave();
        bob.Leave();
        Pass(6);

        Assert.Equal((0, 0), (_node.Registry.Entries, _node.Registry.Channels));
        Assert.True(_node.Logs.TryGet(Room, out var log));
        Assert.False(log.IsLeased);
        Assert.Equal(0, (await _node.ReadAsync(Room)).Count);
    }

    [Theory]
    [InlineData(2, 100)]
    [InlineData(100, 2)]
    public async Task Users_beyond_the_bound_are_not_kept_and_disturb_nothing(int maxEntries, int maxChannelEntries)
    {
        using var node = new PresenceNode(_time, new PresenceOptions { MaxEntries = maxEntries, MaxChannelEntries = maxChannelEntries, LeaveGrace = TimeSpan.Zero });
        await node.EnterAsync(Room, "alice");
        var bob = await node.EnterAsync(Room, "bob");
        var carol = await node.EnterAsync(Room, "carol");
        var again = await node.EnterAsync(Room, "bob");
        Assert.Null(carol.Entry);
        bob.Leave();
        carol.Leave();
        _time.Advance(TimeSpan.FromSeconds(1));
        node.Run();
        Assert.Equal(["alice", "bob"], (await node.ReadAsync(Room)).Users.Select(user => user.User));

        again.Leave();
        node.Run();
        Assert.NotNull((await node.EnterAsync(Room, "carol")).Entry);
        Assert.Equal(["alice", "carol"], (await node.ReadAsync(Room)).Users.Select(user => user.User));
    }

    [Theory]
    [InlineData("user:alice", false)]
    [InlineData("timeline:alice", false)]
    [InlineData("posts", false)]
    [InlineData("users:alice", true)]
    [InlineData("dm:alice:bob", true)]
    public async Task Namespaces_can_be_left_out(string channel, bool covered)
    {
        var name = ChannelName.Parse(channel);
        Assert.Equal(covered, _node.Registry.Covers(name));
        Assert.Equal(covered, (await _node.EnterAsync(name, "alice")).Entry is not null);
    }

    [Fact]
    public async Task A_list_names_those_who_have_been_there_longest_and_counts_all()
    {
        foreach (var user in (string[])["dora", "carol", "bob", "alice"])
        {
            await _node.EnterAsync(Room, user);
            Pass(1);
        }

        var list = await _node.ReadAsync(Room, limit: 2);
        Assert.Equal(4, list.Count);
        Assert.Equal(["dora", "carol"], list.Users.Select(user => user.User));
    }

    [Fact]
    public async Task An_entry_costs_little_memory()
    {
        const int Users = 10_000;
        var names = Enumerable.Range(0, Users).Select(i => $"user{i}").ToList();
        var log = await _node.Logs.AcquireAsync(Room, TestContext.Current.CancellationToken);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var name in names)
            _node.Registry.Enter(log, name, "websocket");
        var perUser = (GC.GetAllocatedBytesForCurrentThread() - before) / Users;

        // With all that was thrown away when the dictionary and the list of changes grew.
        Assert.InRange(perUser, 1, 300);
        TestContext.Current.TestOutputHelper?.WriteLine($"{perUser} bytes were allocated for each user.");
    }

    private void Pass(double seconds)
    {
        for (var left = TimeSpan.FromSeconds(seconds); left > TimeSpan.Zero; left -= PresenceNetwork.Step)
        {
            _time.Advance(left < PresenceNetwork.Step ? left : PresenceNetwork.Step);
            _node.Run();
        }
    }
}
