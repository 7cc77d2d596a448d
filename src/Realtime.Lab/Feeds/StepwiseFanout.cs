using System.Collections.Concurrent;
using Realtime.Feeds;

namespace Realtime.Lab.Feeds;

/// <summary>Fan-out work that is done when the run says so, so that counts are the same in every run.</summary>
internal sealed class StepwiseFanout : IFanoutDispatcher
{
    private readonly ConcurrentQueue<FanoutJob> _jobs = new();
    private readonly TaskCompletionSource<Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>>> _work = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Depth => _jobs.Count;

    public bool TryEnqueue(FanoutJob job)
    {
        _jobs.Enqueue(job);
        return true;
    }

    public async Task RunAsync(Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, CancellationToken cancellationToken)
    {
        _work.TrySetResult(work);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Does all that waits.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        var work = await _work.Task;
        while (_jobs.TryDequeue(out var job))
        {
            if (await work(job, cancellationToken) is { } rest)
                _jobs.Enqueue(rest);
        }
    }
}
