using Realtime.Channels;
using Realtime.Presence;

namespace Realtime.Core.Tests.Presence;

/// <summary>What announcements may cost, counted in deliveries: signals times the readers that get them.</summary>
public sealed class PresenceBudgetTests
{
    private static readonly ChannelName Room = ChannelName.Parse("room:a");

    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_storm_of_joins_in_a_large_channel_costs_a_bounded_number_of_deliveries()
    {
        const int Users = 10_000;
        const int PerSecond = 2_000;
        using var node = new PresenceNode(_time, new PresenceOptions { MaxDeliveriesPerSecond = PerSecond });
        var (deliveries, signals, rounds, readers) = (0L, 0, 0, 0);
        string? last = null;
        // All of them within ten seconds; then it is quiet for long enough that the last count can be paid.
        for (; rounds < 200; rounds++)
        {
            for (var i = 0; i < 150 && readers < Users; i++)
                await node.EnterAsync(Room, $"user{readers++}");
            _time.Advance(PresenceNetwork.Step);
            node.Run();
            foreach (var signal in node.NewSignals(Room))
            {
                deliveries += readers;
                signals++;
                last = signal;
            }
        }

        Assert.Equal(Users, (await node.ReadAsync(Room, 1)).Count);
        var seconds = rounds * PresenceNetwork.Step.TotalSeconds;
        // One second's worth may be saved up, and one count may run into debt.
        Assert.InRange(deliveries, 1, (long)(PerSecond * (seconds + 1)) + Users);
        Assert.InRange(signals, 2, 20);
        Assert.Equal($"count {Users}", last);
    }

    [Fact]
    public async Task Many_changes_at_once_are_one_count_and_single_ones_are_told_again_later()
    {
        using var node = new PresenceNode(_time);
        await node.EnterAsync(Room, "alice");
        Run(node);
        for (var i = 0; i < 17; i++)
            await node.EnterAsync(Room, $"user{i}");
        Run(node);
        Assert.Equal(["count 18"], node.NewSignals(Room));

        await node.EnterAsync(Room, "zoe");
        Run(node);
        Assert.Equal(["join zoe 19"], node.NewSignals(Room));
    }

    [Fact]
    public async Task Counts_come_at_most_once_a_second()
    {
        using var node = new PresenceNode(_time);
        await node.EnterAsync(Room, "alice");
        Run(node);
        var counts = 0;
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 17; i++)
                await node.EnterAsync(Room, $"user{round}-{i}");
            Run(node);
            counts += node.NewSignals(Room).Count;
        }

        // 20 rounds are 3 seconds.
        Assert.InRange(counts, 2, 4);
    }

    [Fact]
    public async Task With_no_budget_nothing_is_told()
    {
        using var node = new PresenceNode(_time, new PresenceOptions { MaxDeliveriesPerSecond = 0 });
        await node.EnterAsync(Room, "alice");
        await node.EnterAsync(Room, "bob");
        for (var i = 0; i < 20; i++)
            Run(node);
        Assert.Empty(node.NewSignals(Room));
        Assert.Equal(2, (await node.ReadAsync(Room)).Count);
    }

    private void Run(PresenceNode node)
    {
        _time.Advance(PresenceNetwork.Step);
        node.Run();
    }
}
