namespace Realtime.Feeds.Tests;

/// <summary>Fan-out work that a test does when it likes, in the order it likes, as often as it likes, or never.</summary>
internal sealed class HeldFanout : IFanoutDispatcher
{
    private readonly Lock _gate = new();
    private readonly List<FanoutJob> _jobs = [];
    private readonly TaskCompletionSource<Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>>> _work = new();

    public int Depth
    {
        get
        {
            lock (_gate)
                return _jobs.Count;
        }
    }

    public bool TryEnqueue(FanoutJob job)
    {
        lock (_gate)
            _jobs.Add(job);
        return true;
    }

    public async Task RunAsync(Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, CancellationToken cancellationToken)
    {
        _work.TrySetResult(work);
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Does one chunk of the job at an index; the job stays where it is to be done again.</summary>
    public async Task StepAsync(int index, bool again)
    {
        FanoutJob job;
        lock (_gate)
        {
            if (_jobs.Count == 0)
                return;
            job = _jobs[index % _jobs.Count];
            if (!again)
                _jobs.Remove(job);
        }

        var rest = await (await _work.Task)(job, TestContext.Current.CancellationToken);
        if (rest is not null && !again)
            TryEnqueue(rest);
    }

    /// <summary>Does all that waits.</summary>
    public async Task RunAllAsync()
    {
        while (Depth > 0)
            await StepAsync(0, again: false);
    }

    /// <summary>Loses all that waits, as a worker that is killed does.</summary>
    public void Lose()
    {
        lock (_gate)
            _jobs.Clear();
    }
}
