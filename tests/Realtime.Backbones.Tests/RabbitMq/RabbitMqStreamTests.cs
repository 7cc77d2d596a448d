using RabbitMQ.Client;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.RabbitMq;

/// <summary>What is RabbitMQ's own in stream mode: the offset of each node, and retention.</summary>
public sealed class RabbitMqStreamTests : IAsyncDisposable
{
    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("realtime-stream-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string OffsetPath => Path.Combine(_folder.FullName, "new", "offset");

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_node_goes_on_after_a_restart_where_it_was()
    {
        var sender = await _world.JoinAsync(_world.FromStream());
        var first = await _world.JoinAsync(_world.FromStream(options => options.OffsetPath = OffsetPath), 1);
        for (var number = 0; number < 10; number++)
            await sender.MustSendAsync(1, number);
        await first.Receiver.CountAsync(10);
        await first.DisposeAsync();
        for (var number = 10; number < 20; number++)
            await sender.MustSendAsync(1, number);

        var second = await _world.JoinAsync(_world.FromStream(options => options.OffsetPath = OffsetPath), 1);
        await sender.MustSendAsync(1, 20);

        await second.Receiver.UntilAsync(() => second.Numbers().Contains(20), "the newest frame");
        Assert.Equal(Enumerable.Range(10, 11), second.Numbers());
    }

    [Fact]
    public async Task A_node_that_was_killed_has_kept_its_offset_as_well()
    {
        var node = await _world.JoinAsync(_world.FromStream(options => options.OffsetPath = OffsetPath), 1);
        await node.MustSendAsync(1, 1);
        await node.Receiver.CountAsync(1);

        // No end in order: the file is written beside the reading.
        await Deadline.UntilAsync(() => Task.FromResult(File.Exists(OffsetPath)), exists => exists, "file with the offset");
        Assert.Matches(@"^\d+ \S+ " + _world.Stream, await File.ReadAllTextAsync(OffsetPath, Cancel));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(OffsetPath)!));
    }

    [Fact]
    public async Task After_a_long_absence_a_node_begins_at_the_end_of_the_stream()
    {
        var sender = await _world.JoinAsync(_world.FromStream());
        await sender.MustSendAsync(1, 1);
        WriteOffset($"0 {DateTimeOffset.UtcNow.AddMinutes(-2):O} {_world.Stream}");

        var node = await _world.JoinAsync(_world.FromStream(options => options.OffsetPath = OffsetPath), 1);
        await sender.MustSendAsync(1, 2);

        await node.Receiver.CountAsync(1);
        Assert.Equal([2], node.Numbers());
    }

    [Fact]
    public async Task A_damaged_offset_is_told_and_done_without()
    {
        WriteOffset("not an offset");

        var node = await _world.JoinAsync(_world.FromStream(options => options.OffsetPath = OffsetPath), 1);
        await node.MustSendAsync(1, 1);

        await node.Receiver.CountAsync(1);
        Assert.Contains(_world.StreamLog.Lines, line => line.Id == 3207);
    }

    [Fact]
    public async Task An_offset_that_can_not_be_kept_is_told_once_and_done_without()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "new"), "a file where the folder should be", Cancel);

        var node = await _world.JoinAsync(_world.FromStream(options => options.OffsetPath = OffsetPath), 1);
        await node.MustSendAsync(1, 1);
        await node.Receiver.CountAsync(1);
        await node.DisposeAsync();

        Assert.Single(_world.StreamLog.Lines, line => line.Id == 3207);
    }

    [Fact]
    public async Task An_offset_that_the_stream_never_had_does_not_leave_the_node_waiting_for_it()
    {
        WriteOffset($"1000000 {DateTimeOffset.UtcNow:O} {_world.Stream}");

        var node = await _world.JoinAsync(_world.FromStream(options => options.OffsetPath = OffsetPath), 1);
        await node.MustSendAsync(1, 1);

        await node.Receiver.CountAsync(1);
        Assert.Contains(_world.StreamLog.Lines, line => line.Id == 3206);
    }

    [Fact]
    public async Task A_node_that_retention_overtakes_hears_of_it_and_goes_on_with_what_there_is()
    {
        var sender = await _world.JoinAsync(_world.FromStream(options => options.StreamMaxBytes = 1_000_000));
        var slow = await _world.JoinAsync(_world.FromStream(options => (options.Prefetch, options.StreamMaxBytes) = (5, 1_000_000)), 1);
        slow.Receiver.Close();

        for (var number = 0; number < 400; number++)
            await sender.MustSendAsync(1, number, 10_000);
        await slow.Receiver.UntilAsync(() => slow.Backbone.Health.QueueDepth > 300, "a depth of more than 300");
        var missed = slow.Receiver.Missed;
        slow.Receiver.Open();
        await slow.Receiver.UntilAsync(() => slow.Numbers().Contains(399), "the newest frame");

        Assert.True(slow.Receiver.Missed > missed, "nobody said that frames are missing");
        var numbers = slow.Numbers();
        Assert.InRange(numbers.Length, 1, 300);
        // The broker takes an offset for itself in each segment.
        Assert.InRange(slow.Backbone.Health.Dropped + numbers.Length, 400, 500);
        Assert.Equal(numbers.Order().Distinct(), numbers);
        await slow.Receiver.UntilAsync(() => slow.Backbone.Health is { QueueDepth: 0, Unacknowledged: 0 }, "a node that has caught up");
    }

    [Fact]
    public async Task A_slow_node_lags_behind_and_the_other_does_not()
    {
        var sender = await _world.JoinAsync(_world.FromStream());
        var slow = await _world.JoinAsync(_world.FromStream(options => options.Prefetch = 10), 1);
        var other = await _world.JoinAsync(_world.FromStream(), 1);
        slow.Receiver.Close();

        for (var number = 0; number < 200; number++)
            await sender.MustSendAsync(1, number);

        await other.Receiver.CountAsync(200);
        await slow.Receiver.UntilAsync(() => slow.Backbone.Health.QueueDepth > 100, "a depth of more than 100");
        slow.Receiver.Open();
        await slow.Receiver.CountAsync(200);
        Assert.Equal(Enumerable.Range(0, 200), slow.Numbers());
    }

    [Fact]
    public async Task Frames_that_nobody_wants_are_passed_over_without_being_kept()
    {
        var sender = await _world.JoinAsync(_world.FromStream());
        var node = await _world.JoinAsync(_world.FromStream(options => options.Prefetch = 2), 1);

        for (var number = 0; number < 50; number++)
            await sender.MustSendAsync(2, number);
        await sender.MustSendAsync(1, 50);

        await node.Receiver.CountAsync(1);
        Assert.Equal([50], node.Numbers());
        await node.Receiver.UntilAsync(() => node.Backbone.Health is { Unacknowledged: 0, UnacknowledgedBytes: 0 }, "acknowledgements");
    }

    [Fact]
    public async Task A_stream_that_is_deleted_meanwhile_is_declared_again_and_the_node_hears_of_it()
    {
        var node = await _world.JoinAsync(_world.FromStream(), 1);
        for (var number = 0; number < 10; number++)
            await node.MustSendAsync(1, number);
        await node.Receiver.CountAsync(10);
        var missed = node.Receiver.Missed;
        await using var channel = await _world.AdministerAsync();

        await channel.QueueDeleteAsync(_world.Stream, cancellationToken: Cancel);

        await node.ConnectedAsync(missed);
        await node.MustSendAsync(1, 10);
        await node.Receiver.CountAsync(11);
    }

    [Fact]
    public async Task A_stream_with_other_limits_is_used_as_it_is()
    {
        await using var channel = await _world.AdministerAsync();
        await channel.QueueDeclareAsync(
            _world.Stream, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-queue-type"] = "stream", ["x-max-length-bytes"] = 5_000_000 }, cancellationToken: Cancel);

        var node = await _world.JoinAsync(_world.FromStream(), 1);
        await node.MustSendAsync(1, 1);

        await node.Receiver.CountAsync(1);
        Assert.Contains(_world.StreamLog.Lines, line => line.Id == 3205);
    }

    [Fact]
    public async Task A_queue_that_is_no_stream_is_told_and_waited_for()
    {
        await using var channel = await _world.AdministerAsync();
        await channel.QueueDeclareAsync(_world.Stream, durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancel);

        var node = await _world.StartAsync(_world.FromStream(), 1);
        await node.Receiver.UntilAsync(
            () => node.Backbone.Health is { IsConnected: false, Detail: { } detail } && detail.Contains("is not a stream", StringComparison.Ordinal),
            "health that says what is wrong");
        await channel.QueueDeleteAsync(_world.Stream, cancellationToken: Cancel);

        await node.ConnectedAsync();
    }

    [Fact]
    public async Task A_stream_needs_a_window()
    {
        await using var backbone = _world.FromStream(options => options.Prefetch = 0);

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => _world.StartAsync(backbone));

        Assert.False(refusal.IsTransient);
        Assert.Contains("Realtime:Backbone:Prefetch", refusal.Message, StringComparison.Ordinal);
    }

    private void WriteOffset(string line)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(OffsetPath)!);
        File.WriteAllText(OffsetPath, line);
    }
}
