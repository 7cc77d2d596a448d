using System.Diagnostics.Metrics;
using System.Text;
using RabbitMQ.Client;
using Realtime.Diagnostics;
using Realtime.Feeds;
using Realtime.Testing.Conformance;
using Realtime.Testing.Fakes;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.RabbitMq;

public sealed class RabbitMqFanoutTests : FanoutDispatcherConformance
{
    private RabbitMqWorld _world = null!;

    public override ValueTask InitializeAsync()
    {
        _world = new RabbitMqWorld(TestServices.RabbitMq);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_world is not null)
            await _world.DisposeAsync();
    }

    protected override ValueTask<IFanoutDispatcher> CreateAsync(FeedOptions options) => new(_world.Fanout(options));

    [Fact]
    public async Task A_node_that_ends_between_chunks_leaves_the_rest_to_another_from_where_it_was()
    {
        var first = _world.Fanout(new FeedOptions());
        Assert.True(first.TryEnqueue(Job("ann", 1)));
        var dying = new RunningFanout(first, async (job, cancellationToken) =>
        {
            if (job.After == 300)
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return job with { After = job.After + 100 };
        });
        await dying.UntilAsync(chunks => chunks.Any(job => job.After == 300), "the chunk that hangs");
        await using var second = new RunningFanout(_world.Fanout(new FeedOptions()), (job, _) => new(job.After < 500 ? job with { After = job.After + 100 } : null));
        await dying.DisposeAsync();

        await second.UntilAsync(chunks => chunks.Any(job => job.After == 500), "the end of the job");

        Assert.Equal([300L, 400, 500], second.Chunks.Select(job => job.After));
    }

    [Fact]
    public async Task A_chunk_that_a_worker_took_and_never_acknowledged_comes_again()
    {
        var dispatcher = _world.Fanout(new FeedOptions());
        await DeclareAsync();
        await using (var worker = await new ConnectionFactory { Uri = new Uri(TestServices.RabbitMq) }.CreateConnectionAsync(Cancel))
        {
            var channel = await worker.CreateChannelAsync(cancellationToken: Cancel);
            await PublishAsync("""{"author":"ann","offset":5,"time":1767600000005,"id":"post-5","pass":"active","after":1234,"later":"yes"}""");
            Assert.NotNull(await channel.BasicGetAsync(_world.FanoutQueue, autoAck: false, Cancel));
            Assert.Null(await channel.BasicGetAsync(_world.FanoutQueue, autoAck: false, Cancel));
        }

        await using var running = new RunningFanout(dispatcher, (_, _) => new((FanoutJob?)null));
        await running.UntilAsync(chunks => chunks.Count == 1, "the job");

        Assert.Equal(Job("ann", 5) with { Pass = FanoutPass.Active, After = 1234 }, running.Chunks.Single());
    }

    [Fact]
    public async Task Two_nodes_share_the_work()
    {
        await using var one = new RunningFanout(_world.Fanout(new FeedOptions()), WorkAsync);
        var dispatcher = _world.Fanout(new FeedOptions());
        await using var other = new RunningFanout(dispatcher, WorkAsync);
        for (var offset = 1; offset <= 200; offset++)
            Assert.True(dispatcher.TryEnqueue(Job("ann", offset)));

        await one.UntilAsync(chunks => chunks.Count >= 20, "a share of the work");
        await other.UntilAsync(chunks => chunks.Count + one.Chunks.Count == 200 || chunks.Count >= 20, "a share of the work");
        await EmptyAsync(dispatcher);

        Assert.Equal(Enumerable.Range(1, 200).Select(offset => (long)offset), one.Chunks.Concat(other.Chunks).Select(job => job.Post.Offset).Order());
        Assert.NotEmpty(other.Chunks);

        static async ValueTask<FanoutJob?> WorkAsync(FanoutJob job, CancellationToken cancellationToken)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), cancellationToken);
            return null;
        }
    }

    [Fact]
    public async Task A_full_queue_refuses_jobs_counts_them_and_lets_those_under_way_finish()
    {
        const int Room = 5;
        using var meters = new MemoryMeterFactory();
        var metrics = new RealtimeMetrics(meters);
        var refused = 0L;
        var isCounted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == metrics.Meter && instrument.Name == "realtime.feeds.fanout.refused")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) =>
        {
            if (Interlocked.Add(ref refused, count) >= 3)
                isCounted.TrySetResult();
        });
        listener.Start();
        var dispatcher = _world.Fanout(new FeedOptions { MaxFanouts = Room }, metrics, options => options.FanoutPrefetch = 1);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var running = new RunningFanout(dispatcher, async (job, cancellationToken) =>
        {
            await gate.Task.WaitAsync(cancellationToken);
            return job.Post.Offset == 1 && job.After < 300 ? job with { After = job.After + 100 } : null;
        });
        Assert.True(dispatcher.TryEnqueue(Job("ann", 1)));
        await running.UntilAsync(chunks => chunks.Count == 1, "the job that is under way");

        // Some are refused here already, while those before them are on their way.
        for (var offset = 2; !isCounted.Task.IsCompleted; offset++)
        {
            if (!dispatcher.TryEnqueue(Job("ann", offset)))
                await Task.WhenAny(isCounted.Task, Task.Delay(TimeSpan.FromMilliseconds(20), Cancel));
        }

        gate.SetResult();
        await running.UntilAsync(chunks => chunks.Count >= 4 + Room, "the job with its chunks, and what the queue held");
        await EmptyAsync(dispatcher);

        Assert.Equal([0L, 100, 200, 300], running.Chunks.Where(job => job.Post.Offset == 1).Select(job => job.After));
        Assert.Equal(1, _world.FanoutLog.Lines.Count(line => line.Id.Id == 6422));
    }

    [Fact]
    public async Task What_is_no_job_is_left_out_with_one_line_and_the_next_is_done()
    {
        await DeclareAsync();
        foreach (var body in (string[])["", "\u0001", "null", "{}", """{"author":"ann","offset":5,"time":1,"id":"p","pass":"backwards","after":0}"""])
            await PublishAsync(body);
        var dispatcher = _world.Fanout(new FeedOptions());
        Assert.True(dispatcher.TryEnqueue(Job("ann", 1)));

        await using var running = new RunningFanout(dispatcher, (_, _) => new((FanoutJob?)null));
        await running.UntilAsync(chunks => chunks.Count == 1, "the job");
        await EmptyAsync(dispatcher);

        Assert.Equal([Job("ann", 1)], running.Chunks);
        Assert.Equal(5, _world.FanoutLog.Lines.Count(line => line.Id.Id == 6421));
    }

    [Fact]
    public async Task A_queue_with_another_limit_is_used_as_it_is()
    {
        await using (var before = new RunningFanout(_world.Fanout(new FeedOptions { MaxFanouts = 10 }), (_, _) => new((FanoutJob?)null)))
            await _world.FanoutLog.UntilAsync(3200);
        var dispatcher = _world.Fanout(new FeedOptions { MaxFanouts = 20 });
        Assert.True(dispatcher.TryEnqueue(Job("ann", 1)));

        await using var running = new RunningFanout(dispatcher, (_, _) => new((FanoutJob?)null));
        await running.UntilAsync(chunks => chunks.Count == 1, "the job");

        Assert.Single(_world.FanoutLog.Lines, line => line.Id.Id == 6423);
    }

    [Fact]
    public async Task Settings_that_can_not_work_are_refused()
    {
        var dispatcher = _world.Fanout(new FeedOptions(), configure: options => options.FanoutPrefetch = 0);

        var refused = await Assert.ThrowsAsync<RealtimeException>(() => dispatcher.RunAsync((_, _) => new((FanoutJob?)null), Cancel));

        Assert.Equal("Realtime:Backbone:FanoutPrefetch is 0: it has to be from 1 to 1000.", refused.Message);
    }

    /// <summary>Lets a node make the queue and go.</summary>
    private async Task DeclareAsync()
    {
        await using var running = new RunningFanout(_world.Fanout(new FeedOptions()), (_, _) => new((FanoutJob?)null));
        await _world.FanoutLog.UntilAsync(3200);
    }

    private async Task PublishAsync(string body)
    {
        await using var channel = await _world.AdministerAsync();
        await channel.BasicPublishAsync("", _world.FanoutQueue, mandatory: true, Encoding.UTF8.GetBytes(body), Cancel);
    }
}
