using Realtime.Feeds;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

/// <summary>What every dispatcher of fan-out work does.</summary>
public abstract class FanoutDispatcherConformance : IAsyncLifetime
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Makes a dispatcher without work.</summary>
    protected abstract ValueTask<IFanoutDispatcher> CreateAsync(FeedOptions options);

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_job_is_done_chunk_by_chunk_with_all_that_it_says()
    {
        var dispatcher = await CreateAsync(new FeedOptions());
        Assert.True(dispatcher.TryEnqueue(Job("ann.~@-", 7)));

        await using var running = new RunningFanout(dispatcher, (job, _) => new(Next(job, chunks: 3)));
        await running.UntilAsync(chunks => chunks.Count == 6, "three chunks of each pass");
        await EmptyAsync(dispatcher);

        var job = Job("ann.~@-", 7);
        Assert.Equal(
            [
                job, job with { After = 100 }, job with { After = 200 },
                job with { Pass = FanoutPass.Active }, job with { Pass = FanoutPass.Active, After = 100 }, job with { Pass = FanoutPass.Active, After = 200 },
            ],
            running.Chunks);
    }

    [Fact]
    public async Task Posts_of_an_author_come_in_their_order()
    {
        var dispatcher = await CreateAsync(new FeedOptions());
        await using var running = new RunningFanout(dispatcher, (_, _) => new((FanoutJob?)null));

        for (var offset = 1; offset <= 300; offset++)
            Assert.True(dispatcher.TryEnqueue(Job(offset % 3 == 0 ? "bob" : "ann", offset)));
        await running.UntilAsync(chunks => chunks.Count == 300, "300 jobs");

        foreach (var posts in running.Chunks.GroupBy(job => job.Post.Author))
            Assert.Equal(posts.Select(job => job.Post.Offset).Order(), posts.Select(job => job.Post.Offset));
    }

    [Fact]
    public async Task A_post_to_very_many_does_not_hold_up_the_next_one()
    {
        var dispatcher = await CreateAsync(new FeedOptions());
        Assert.True(dispatcher.TryEnqueue(Job("ann", 1)));
        Assert.True(dispatcher.TryEnqueue(Job("ann", 2)));

        await using var running = new RunningFanout(dispatcher, (job, _) => new(job.Post.Offset == 1 && job.After < 900 ? job with { After = job.After + 100 } : null));
        await running.UntilAsync(chunks => chunks.Count == 11, "ten chunks and one");

        Assert.Equal([1L, 2], running.Chunks.Take(2).Select(job => job.Post.Offset));
    }

    [Fact]
    public async Task A_chunk_that_fails_is_tried_again()
    {
        var dispatcher = await CreateAsync(new FeedOptions());
        Assert.True(dispatcher.TryEnqueue(Job("ann", 1)));
        var failures = 0;

        await using var running = new RunningFanout(dispatcher, (job, _) => job.After == 100 && failures++ < 2
            ? throw new RealtimeException("Away.", isTransient: true)
            : new(job.After < 200 ? job with { After = job.After + 100 } : null));
        await running.UntilAsync(chunks => chunks.Count == 5, "the chunks, one of them three times");
        await EmptyAsync(dispatcher);

        Assert.Equal([0L, 100, 100, 100, 200], running.Chunks.Select(job => job.After));
    }

    [Fact]
    public async Task A_job_that_never_works_is_given_up_and_the_others_are_done()
    {
        var dispatcher = await CreateAsync(new FeedOptions());
        foreach (var offset in (int[])[1, 2, 3])
            Assert.True(dispatcher.TryEnqueue(Job("ann", offset)));

        await using var running = new RunningFanout(dispatcher, (job, _) => job.Post.Offset switch
        {
            1 => throw new RealtimeException("Away.", isTransient: true),
            2 => throw new RealtimeException("Never.", isTransient: false),
            _ => new((FanoutJob?)null),
        });
        await running.UntilAsync(chunks => chunks.Any(job => job.Post.Offset == 3), "the last job");
        await EmptyAsync(dispatcher);

        Assert.InRange(running.Chunks.Count(job => job.Post.Offset == 1), 2, 20);
        Assert.Single(running.Chunks, job => job.Post.Offset == 2);
        Assert.Single(running.Chunks, job => job.Post.Offset == 3);
    }

    [Fact]
    public async Task A_job_is_refused_where_there_is_no_room_and_taken_when_there_is_again()
    {
        var dispatcher = await CreateAsync(new FeedOptions { MaxFanouts = 3 });
        foreach (var offset in (int[])[1, 2, 3])
            Assert.True(dispatcher.TryEnqueue(Job("ann", offset)));
        Assert.Equal(3, dispatcher.Depth);
        Assert.False(dispatcher.TryEnqueue(Job("ann", 4)));
        Assert.Equal(3, dispatcher.Depth);

        await using var running = new RunningFanout(dispatcher, (_, _) => new((FanoutJob?)null));
        await running.UntilAsync(chunks => chunks.Count == 3, "three jobs");
        await EmptyAsync(dispatcher);

        Assert.True(dispatcher.TryEnqueue(Job("ann", 5)));
        await running.UntilAsync(chunks => chunks.Count == 4, "the fourth");
        Assert.Equal([1L, 2, 3, 5], running.Chunks.Select(job => job.Post.Offset));
    }

    [Fact]
    public async Task Work_that_is_under_way_is_told_to_end()
    {
        var dispatcher = await CreateAsync(new FeedOptions());
        Assert.True(dispatcher.TryEnqueue(Job("ann", 1)));
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = new RunningFanout(dispatcher, async (_, cancellationToken) =>
        {
            await using var registration = cancellationToken.UnsafeRegister(_ => told.SetResult(), null);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return null;
        });
        await running.UntilAsync(chunks => chunks.Count == 1, "the job");

        await running.DisposeAsync();

        await told.Task.Within("the cancellation");
    }

    /// <summary>A job at its first chunk.</summary>
    protected static FanoutJob Job(string author, long offset) =>
        new(new PostRef(offset, new PostPosition(1_767_600_000_000 + offset, $"post-{offset}", author)), FanoutPass.Recent, 0);

    /// <summary>Waits until nothing waits and nothing is done, which a dispatcher may learn a moment later.</summary>
    protected static async Task EmptyAsync(IFanoutDispatcher dispatcher)
    {
        var deadline = Task.Delay(Deadline.Default, Cancel);
        while (dispatcher.Depth > 0)
        {
            if (deadline.IsCompleted)
                Assert.Fail($"Not within {Deadline.Default.TotalSeconds} s: an empty dispatcher; it says that {dispatcher.Depth} wait.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), Cancel);
        }
    }

    private static FanoutJob? Next(FanoutJob job, int chunks) => job.After < (chunks - 1) * 100
        ? job with { After = job.After + 100 }
        : job.Pass == FanoutPass.Recent ? job with { Pass = FanoutPass.Active, After = 0 } : null;
}
