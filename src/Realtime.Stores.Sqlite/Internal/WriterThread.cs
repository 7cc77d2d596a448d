using System.Threading.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>
/// The one thread that writes. The driver blocks for as long as the disk takes, which would starve the thread pool if that happened on
/// its threads.
/// </summary>
internal sealed class WriterThread : IAsyncDisposable
{
    /// <summary>Batches, not messages. The publisher has few of them on their way; further callers wait.</summary>
    private const int Capacity = 64;

    private readonly Channel<IJob> _jobs = Channel.CreateBounded<IJob>(new BoundedChannelOptions(Capacity)
    {
        FullMode = BoundedChannelFullMode.Wait,
        SingleReader = true,
    });

    /// <summary>
    /// Set after every change to the jobs. Unlike a wait for the reader's task, a wait for this does not spin before it sleeps. Never
    /// disposed: a caller whose job was accepted may set it late.
    /// </summary>
    private readonly AutoResetEvent _changed = new(initialState: false);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal WriterThread() => new Thread(Loop) { IsBackground = true, Name = "Realtime SQLite writer" }.Start();

    private interface IJob
    {
        void Run();
    }

    /// <summary>Runs <paramref name="work"/> after all that was accepted before.</summary>
    /// <param name="work">What to do, on the thread.</param>
    /// <param name="cancellationToken">Cancels the wait; accepted work is done all the same.</param>
    internal async ValueTask<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var job = new Job<T>(work);
        try
        {
            await _jobs.Writer.WriteAsync(job, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteMessageStore));
        }

        _changed.Set();
        return await job.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes no more work, and completes when all that was accepted is done.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.Writer.TryComplete();
        _changed.Set();
        await _ended.Task;
    }

    private void Loop()
    {
        // Completed means closed and empty.
        while (!_jobs.Reader.Completion.IsCompleted)
        {
            while (_jobs.Reader.TryRead(out var job))
                job.Run();
            if (!_jobs.Reader.Completion.IsCompleted)
                _changed.WaitOne();
        }

        _ended.SetResult();
    }

    private sealed class Job<T>(Func<T> work) : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), IJob
    {
        public void Run()
        {
            try
            {
                SetResult(work());
            }
            catch (Exception exception)
            {
                SetException(exception);
            }
        }
    }
}
