using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Channels;

public sealed class ChannelLogsTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_stays_while_it_is_held_and_goes_a_while_after()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var log = await node.Logs.AcquireAsync(A, Cancel);

        time.Advance(ChannelLogs.IdleTime * 3);
        Assert.Equal(1, node.Logs.Count);
        node.Logs.Release(log);
        time.Advance(ChannelLogs.IdleTime / 2);
        Assert.Equal(1, node.Logs.Count);
        time.Advance(ChannelLogs.IdleTime);
        Assert.Equal(0, node.Logs.Count);
        Assert.NotSame(log, await node.Logs.AcquireAsync(A, Cancel));
    }

    [Fact]
    public async Task Above_the_bound_idle_logs_go_at_once_and_no_more_than_needed()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time, new DeliveryOptions { Pumps = 1, MaxIdleLogs = 10 });
        for (var i = 0; i < 30; i++)
            node.Logs.Release(await node.Logs.AcquireAsync(ChannelName.Parse($"room:{i}"), Cancel));

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(10, node.Logs.Count);
    }

    [Fact]
    public async Task Tails_over_the_budget_are_dropped_and_their_readers_go_on_from_the_store()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time, new DeliveryOptions { Pumps = 1, MaxTailBytes = 1 << 20 });
        var readers = new List<MemoryReader>();
        for (var i = 0; i < 4; i++)
        {
            var channel = ChannelName.Parse($"room:{i}");
            readers.Add(await node.ConnectAsync(null, channel));
            readers[i].Connection.Stall();
            await node.PublishAsync(channel, 40, $"\"{new string('x', 10_000)}\"");
        }

        time.Advance(TimeSpan.FromSeconds(5));
        Assert.InRange(node.Logs.TailBytes, 0, 1 << 20);
        foreach (var reader in readers)
        {
            await reader.Connection.WhenHoldingAsync();
            reader.Connection.Resume();
            await reader.Connection.WhenMessagesAsync(40);
            Assert.Equal(Enumerable.Range(1, 40).Select(offset => (long)offset), reader.Connection.Offsets);
        }
    }

    [Fact]
    public async Task Those_who_ask_together_share_one_load()
    {
        await using var node = await MemoryNode.StartAsync();
        var gate = new TaskCompletionSource();
        node.Store.ReadingState = () => gate.Task;

        var acquiring = Enumerable.Range(0, 50).Select(_ => node.Logs.AcquireAsync(A, Cancel).AsTask()).ToList();
        gate.SetResult();
        var logs = await Task.WhenAll(acquiring).Within("the log");

        Assert.Equal(1, node.Store.StateReads);
        Assert.Single(logs.Distinct());
    }

    [Fact]
    public async Task A_load_that_fails_is_tried_again_by_the_next_and_holds_no_lease()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        node.Store.ReadingState = () => throw new RealtimeException("down", isTransient: true);
        await Assert.ThrowsAsync<RealtimeException>(async () => await node.Logs.AcquireAsync(A, Cancel));
        node.Store.ReadingState = null;

        node.Logs.Release(await node.Logs.AcquireAsync(A, Cancel));

        time.Advance(ChannelLogs.IdleTime * 2);
        Assert.Equal(0, node.Logs.Count);
    }

    [Fact]
    public async Task A_commit_during_the_load_is_not_missed()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A);
        var gate = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        node.Store.ReadingState = () =>
        {
            entered.TrySetResult();
            return gate.Task;
        };
        var acquiring = node.Logs.AcquireAsync(A, Cancel).AsTask();
        await entered.Task.Within("the load");

        await node.PublishAsync(A);
        gate.SetResult();
        var log = await acquiring.Within("the log");

        Assert.Equal(2, log.State.Head);
    }
}
