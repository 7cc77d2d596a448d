using System.Text;
using RabbitMQ.Client;
using Realtime.Testing.Services;
using Deadline = Realtime.Testing.Clients.Deadline;

namespace Realtime.Backbones.Tests.RabbitMq;

/// <summary>What is RabbitMQ's own in push mode: bindings, the prefetch window and what becomes of a full queue.</summary>
public sealed class RabbitMqBackboneTests : IAsyncDisposable
{
    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_shard_is_unbound_some_time_after_nobody_wants_it()
    {
        var node = await _world.JoinAsync(_world.Push(options => options.UnbindAfter = TimeSpan.FromMilliseconds(200)), 1, 2);
        Assert.True(await _world.IsBoundAsync(1));
        Assert.False(await _world.IsBoundAsync(3));

        node.Unwant(1);

        await Deadline.UntilAsync(() => _world.IsBoundAsync(1), isBound => !isBound, "shard without a binding");
        Assert.True(await _world.IsBoundAsync(2));
        Assert.True(await _world.IsBoundAsync(ShardInterest.NodeShard));
    }

    [Fact]
    public async Task A_shard_that_was_unbound_is_bound_again_and_the_node_hears_of_it()
    {
        var node = await _world.JoinAsync(_world.Push(options => options.UnbindAfter = TimeSpan.FromMilliseconds(100)), 1);
        node.Unwant(1);
        await Deadline.UntilAsync(() => _world.IsBoundAsync(1), isBound => !isBound, "shard without a binding");
        var missed = node.Receiver.Missed;

        node.Want(1);

        await node.Receiver.UntilAsync(() => node.Receiver.Missed > missed, "word that frames may be missing");
        Assert.True(await _world.IsBoundAsync(1));
    }

    [Fact]
    public async Task A_slow_node_has_no_more_than_its_window_and_the_rest_waits_at_the_broker()
    {
        var sender = await _world.JoinAsync(_world.Push());
        var slow = await _world.JoinAsync(_world.Push(options => options.Prefetch = 5), 1);
        slow.Receiver.Close();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => sender.MustSendAsync(1, number, 1_000)));

        await slow.Receiver.UntilAsync(() => slow.Backbone.Health is { Unacknowledged: 5, QueueDepth: 45 }, "45 frames in the queue");
        Assert.Equal(5_000, slow.Backbone.Health.UnacknowledgedBytes);
        slow.Receiver.Open();
        await slow.Receiver.CountAsync(50);
        await slow.Receiver.UntilAsync(() => slow.Backbone.Health is { Unacknowledged: 0, UnacknowledgedBytes: 0, QueueDepth: 0 }, "acknowledgements");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_smallest_windows_let_everything_through(int prefetch)
    {
        var sender = await _world.JoinAsync(_world.Push());
        var node = await _world.JoinAsync(_world.Push(options => options.Prefetch = prefetch), 1);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(number => sender.MustSendAsync(1, number)));

        await node.Receiver.CountAsync(100);
        Assert.Equal(Enumerable.Range(0, 100), node.Numbers());
        await node.Receiver.UntilAsync(() => node.Backbone.Health.Unacknowledged == 0, "acknowledgements");
    }

    [Fact]
    public async Task Without_a_window_everything_is_in_the_memory_of_the_node_and_is_counted()
    {
        var sender = await _world.JoinAsync(_world.Push());
        var slow = await _world.JoinAsync(_world.Push(options => options.Prefetch = 0), 1);
        slow.Receiver.Close();

        await Task.WhenAll(Enumerable.Range(0, 500).Select(number => sender.MustSendAsync(1, number, 1_000)));

        await slow.Receiver.UntilAsync(
            () => slow.Backbone.Health is { Unacknowledged: 500, UnacknowledgedBytes: 500_000, QueueDepth: 0 }, "500 frames in memory");
        slow.Receiver.Open();
        await slow.Receiver.CountAsync(500);
        await slow.Receiver.UntilAsync(() => slow.Backbone.Health is { Unacknowledged: 0, UnacknowledgedBytes: 0 }, "acknowledgements");
    }

    [Fact]
    public async Task A_full_queue_drops_its_oldest_frames_and_the_node_hears_that_it_missed_some()
    {
        var sender = await _world.JoinAsync(_world.Push());
        var slow = await _world.JoinAsync(_world.Push(options => (options.Prefetch, options.QueueLimit) = (1, 10)), 1);
        var missed = slow.Receiver.Missed;
        slow.Receiver.Close();

        for (var number = 0; number < 100; number++)
            await sender.MustSendAsync(1, number);

        await slow.Receiver.UntilAsync(() => slow.Receiver.Missed > missed, "word that frames may be missing");
        slow.Receiver.Open();
        await slow.Receiver.CountAsync(11);
        Assert.Equal([0, .. Enumerable.Range(90, 10)], slow.Numbers());
    }

    [Fact]
    public async Task A_queue_is_bounded_in_bytes_as_well()
    {
        var sender = await _world.JoinAsync(_world.Push());
        var slow = await _world.JoinAsync(_world.Push(options => (options.Prefetch, options.QueueLimitBytes) = (1, 100_000)), 1);
        slow.Receiver.Close();

        for (var number = 0; number < 100; number++)
            await sender.MustSendAsync(1, number, 10_000);

        await slow.Receiver.UntilAsync(() => slow.Backbone.Health is { Unacknowledged: 1, QueueDepth: 10 }, "10 frames in the queue");
    }

    [Fact]
    public async Task A_full_queue_refuses_frames_where_the_setting_says_so_until_there_is_room()
    {
        var sender = await _world.JoinAsync(_world.Push());
        var slow = await _world.JoinAsync(
            _world.Push(options => (options.Prefetch, options.QueueLimit, options.Overflow) = (1, 10, "reject-publish")), 1);
        slow.Receiver.Close();

        var sent = new List<BackboneSend>();
        for (var number = 0; number < 50; number++)
            sent.Add(await sender.SendAsync(1, number));

        // The broker checks what it has counted before the frame, so one more may get in.
        Assert.InRange(sent.TakeWhile(one => one == BackboneSend.Sent).Count(), 10, 13);
        Assert.Equal(BackboneSend.Refused, sent[^1]);
        await sender.MustSendAsync(2, 1_000);
        slow.Receiver.Open();
        // By the frames themselves: the depth of the queue is as old as the last look at it.
        await slow.Receiver.CountAsync(sent.Count(one => one == BackboneSend.Sent));
        await sender.MustSendAsync(1, 2_000);
    }

    [Fact]
    public async Task What_another_program_publishes_comes_as_it_is_and_once()
    {
        var node = await _world.JoinAsync(_world.Push(options => options.Prefetch = 1), 1);
        await using var channel = await _world.AdministerAsync();

        await channel.BasicPublishAsync(_world.Exchange, "1", mandatory: true, "hello"u8.ToArray(), Cancel);
        await channel.BasicPublishAsync(_world.Exchange, "1", mandatory: true, Array.Empty<byte>(), Cancel);

        await node.Receiver.CountAsync(2);
        Assert.Equal(["hello", ""], node.Receiver.Frames.Select(Encoding.UTF8.GetString));
        await node.Receiver.UntilAsync(() => node.Backbone.Health is { Unacknowledged: 0, QueueDepth: 0 }, "an empty queue");
        Assert.Equal(2, node.Receiver.Frames.Count);
    }

    [Fact]
    public async Task A_frame_that_the_receiver_fails_on_is_left_out_and_does_not_come_again()
    {
        var sender = await _world.JoinAsync(_world.Push());
        var node = await _world.JoinAsync(_world.Push(options => options.Prefetch = 1), 1);
        var failures = 0;
        node.Receiver.Taking = () => failures++ == 0 ? throw new FormatException("broken") : Task.CompletedTask;

        await sender.MustSendAsync(1, 1);
        await sender.MustSendAsync(1, 2);

        await node.Receiver.CountAsync(1);
        await node.Receiver.UntilAsync(() => node.Backbone.Health is { Unacknowledged: 0, QueueDepth: 0 }, "an empty queue");
        Assert.Equal([2], node.Numbers());
        Assert.Contains(_world.PushLog.Lines, line => line.Id == 3204);
    }

    [Fact]
    public async Task A_node_that_ends_in_order_takes_its_queue_with_it()
    {
        var options = _world.Options();
        var node = await _world.JoinAsync(_world.Push(to => to.NodeName = options.NodeName), 1);
        Assert.True(await _world.HasQueueAsync($"realtime.node.{options.NodeName}"));

        await node.DisposeAsync();

        Assert.False(await _world.HasQueueAsync($"realtime.node.{options.NodeName}"));
    }
}
