using Realtime.Channels;
using Realtime.Presence;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Presence;

/// <summary>Several nodes.</summary>
public sealed class PresenceNodesTests : IDisposable
{
    private static readonly ChannelName Room = ChannelName.Parse("room:a");

    private readonly FakeTime _time = new();
    private readonly PresenceOptions _options = new() { LeaveGrace = TimeSpan.FromSeconds(5), Lease = TimeSpan.FromSeconds(30) };
    private readonly List<PresenceNode> _started = [];
    private readonly PresenceNetwork _network;

    public PresenceNodesTests() => _network = new PresenceNetwork(_time, new Random(1));

    public void Dispose() => _started.ForEach(node => node.Dispose());

    [Fact]
    public async Task A_user_on_two_nodes_is_one_join_and_one_leave_at_the_very_end()
    {
        var (first, second) = (Start(), Start());
        await first.EnterAsync(Room, "alice");
        await second.EnterAsync(Room, "carol");
        Pass(1);
        var one = await first.EnterAsync(Room, "bob");
        Pass(1);
        var two = await second.EnterAsync(Room, "bob", "sse");
        Pass(1);
        Assert.Equal(["join carol 2", "join bob 3"], first.NewSignals(Room));
        Assert.Equal(["join alice 2", "join bob 3"], second.NewSignals(Room));
        Assert.Equal(["alice", "carol", "bob"], Users(await first.ReadAsync(Room)));
        Assert.Equal(["websocket", "sse"], (await second.ReadAsync(Room)).Users[2].Transports);

        one.Leave();
        Pass(20);
        Assert.Empty(first.NewSignals(Room));

        two.Leave();
        Pass(6);
        Assert.Equal(["leave bob 2"], first.NewSignals(Room));
        Assert.Equal(["leave bob 2"], second.NewSignals(Room));
    }

    [Fact]
    public async Task Moving_to_another_node_within_the_grace_tells_nobody()
    {
        var (first, second) = (Start(), Start());
        await first.EnterAsync(Room, "alice");
        var bob = await first.EnterAsync(Room, "bob");
        await second.EnterAsync(Room, "carol");
        Pass(2);
        var since = (await second.ReadAsync(Room)).Users.Single(user => user.User == "bob").Since;
        first.NewSignals(Room);
        second.NewSignals(Room);

        bob.Leave();
        Pass(3);
        await second.EnterAsync(Room, "bob", "long-poll");
        Pass(20);

        Assert.Empty(first.NewSignals(Room));
        Assert.Empty(second.NewSignals(Room));
        Assert.All(await Task.WhenAll(first.ReadAsync(Room), second.ReadAsync(Room)), list =>
            Assert.Equal(since, list.Users.Single(user => user.User == "bob").Since));
    }

    [Fact]
    public async Task Users_of_a_killed_node_leave_when_its_lease_ends()
    {
        var (first, second) = (Start(), Start());
        await first.EnterAsync(Room, "alice");
        await second.EnterAsync(Room, "bob");
        Pass(60);
        Assert.Equal(["join bob 2"], first.NewSignals(Room));

        _network.Nodes.Remove(second);
        Pass(19);
        Assert.Equal(2, (await first.ReadAsync(Room)).Count);
        Pass(17);
        Assert.Equal(["leave bob 1"], first.NewSignals(Room));
        Assert.Equal(["alice"], Users(await first.ReadAsync(Room)));
    }

    [Fact]
    public async Task Users_of_a_node_that_says_goodbye_leave_after_the_grace_alone()
    {
        var (first, second) = (Start(), Start());
        await first.EnterAsync(Room, "alice");
        await second.EnterAsync(Room, "bob");
        Pass(1);
        first.NewSignals(Room);

        _network.Nodes.Remove(second);
        first.HearGoodbye(second.Id);
        Pass(4.5);
        Assert.Empty(first.NewSignals(Room));
        Pass(1);
        Assert.Equal(["leave bob 1"], first.NewSignals(Room));
    }

    [Fact]
    public async Task A_node_with_nobody_in_the_channel_asks_before_it_answers()
    {
        var (first, second, third) = (Start(), Start(), Start());
        Pass(5);
        for (var i = 0; i < 3; i++)
            await first.EnterAsync(Room, $"user{i}");
        await second.EnterAsync(Room, "bob");
        Pass(60);

        var reading = await third.BeginReadAsync(Room);
        Assert.False(reading.IsCompleted);
        Pass(0.45);
        Assert.Equal(4, (await reading.Within("an answer")).Count);

        // From then on it hears of changes as they come.
        await first.EnterAsync(Room, "late");
        Pass(0.3);
        Assert.Equal(5, (await third.ReadAsync(Room).Within("an answer")).Count);
    }

    [Fact]
    public async Task A_question_that_a_node_does_not_answer_is_asked_again_and_ends_after_a_second()
    {
        var (first, second) = (Start(), Start());
        Pass(5);
        await first.EnterAsync(Room, "alice");
        Pass(1);

        _network.IsCut = true;
        var reading = await second.BeginReadAsync(Room);
        Pass(0.3);
        _network.IsCut = false;
        Pass(0.6);
        Assert.Equal(1, (await reading.Within("an answer")).Count);

        var other = ChannelName.Parse("room:b");
        _network.IsCut = true;
        reading = await second.BeginReadAsync(other);
        Pass(0.9);
        Assert.False(reading.IsCompleted);
        Pass(0.3);
        Assert.Equal(0, (await reading.Within("an answer")).Count);
    }

    [Fact]
    public async Task A_lost_part_of_a_long_list_is_made_up_for()
    {
        var (first, second) = (Start(), Start());
        for (var i = 0; i < 2_500; i++)
            await first.EnterAsync(Room, $"user{i}");
        Pass(1);
        await second.EnterAsync(Room, "bob");
        _network.Faults = 0.3;
        Pass(3);
        _network.Faults = 0;
        Pass(13);

        Assert.Equal(2_501, (await second.ReadAsync(Room, 1)).Count);
        Assert.Equal(2_501, (await first.ReadAsync(Room, 1)).Count);
    }

    [Fact]
    public async Task Quiet_channels_cost_one_renewal_in_a_third_of_the_lease_however_many_users_they_have()
    {
        var (first, second) = (Start(), Start());
        for (var i = 0; i < 1_000; i++)
            await first.EnterAsync(Room, $"user{i}");
        await second.EnterAsync(Room, "bob");
        Pass(15);
        _network.Nodes.Remove(second);
        Pass(30);
        _network.Nodes.Add(second);
        first.Sent.Clear();

        // Nothing is carried from here on, so that what is sent can be counted.
        _network.Nodes.Clear();
        for (var i = 0; i < 200; i++)
        {
            _time.Advance(PresenceNetwork.Step);
            first.Run();
        }

        Assert.Equal(3, first.Sent.Count);
        Assert.InRange(first.Sent.Sum(frame => frame.Body.Length), 1, 3 * 40);
    }

    [Fact]
    public async Task Much_to_tell_is_told_over_several_rounds()
    {
        var (first, second) = (Start(), Start());
        for (var i = 0; i < 20_000; i++)
            await first.EnterAsync(ChannelName.Parse($"room:a-channel-with-a-long-name-{i}"), $"a-user-with-a-long-name-{i}");
        first.Run();
        Assert.InRange(first.Sent.Sum(frame => frame.Body.Length), 500_000, 3_000_000);
        Assert.InRange(first.Sent.Count, 16, 16 + 65);
        Pass(3);
        var reading = await second.BeginReadAsync(ChannelName.Parse("room:a-channel-with-a-long-name-19999"));
        Pass(1.5);
        Assert.Equal(1, (await reading.Within("an answer")).Count);
    }

    [Fact]
    public async Task A_node_follows_only_channels_that_its_users_read_or_ask_about()
    {
        var (first, second) = (Start(), Start());
        await second.EnterAsync(ChannelName.Parse("room:b"), "bob");
        for (var i = 0; i < 200; i++)
            await first.EnterAsync(ChannelName.Parse($"room:{i}"), $"user{i}");
        Pass(60);
        Assert.Equal((1, 1), (second.Registry.Channels, second.Registry.Entries));

        var reading = await second.BeginReadAsync(ChannelName.Parse("room:7"));
        Pass(1);
        Assert.Equal(1, (await reading.Within("an answer")).Count);
        Assert.Equal(2, second.Registry.Channels);
        Pass(40);
        Assert.Equal((1, 1), (second.Registry.Channels, second.Registry.Entries));
    }

    private PresenceNode Start()
    {
        var node = new PresenceNode(_time, _options, connectsNodes: true);
        _started.Add(node);
        _network.Nodes.Add(node);
        return node;
    }

    private void Pass(double seconds) => _network.Pass(TimeSpan.FromSeconds(seconds));

    private static IEnumerable<string> Users(PresenceList list) => list.Users.Select(user => user.User);
}
