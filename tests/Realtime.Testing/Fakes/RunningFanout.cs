using System.Collections.Concurrent;
using Realtime.Feeds;

namespace Realtime.Testing.Fakes;

/// <summary>A dispatcher at work, and the chunks that it had done, in the order in which they began.</summary>
public sealed class RunningFanout : IAsyncDisposable
{
    private readonly ConcurrentQueue<FanoutJob> _chunks = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> _work;
    private readonly Task _running;
    private volatile TaskCompletionSource _changed = NewSignal();

    /// <summary>Starts it.</summary>
    /// <param name="dispatcher">Runs once.</param>
    /// <param name="work">Does a chunk, after it was noted.</param>
    public RunningFanout(IFanoutDispatcher dispatcher, Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        _work = work;
        _running = dispatcher.RunAsync(WorkAsync, _end.Token);
    }

    /// <summary>What was begun.</summary>
    public IReadOnlyList<FanoutJob> Chunks => [.. _chunks];

    /// <summary>Waits until what was begun is as wanted.</summary>
    public async Task UntilAsync(Func<IReadOnlyList<FanoutJob>, bool> condition, string expectation)
    {
        ArgumentNullException.ThrowIfNull(condition);
        while (true)
        {
            var changed = _changed.Task;
            if (condition(Chunks))
                return;
            await changed.Within(expectation);
        }
    }

    /// <summary>Ends the work.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running.Within("the end of a dispatcher");
        _end.Dispose();
    }

    private ValueTask<FanoutJob?> WorkAsync(FanoutJob job, CancellationToken cancellationToken)
    {
        _chunks.Enqueue(job);
        Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();
        return _work(job, cancellationToken);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
