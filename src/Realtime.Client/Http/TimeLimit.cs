namespace Realtime.Client.Http;

/// <summary>Ties a caller's token and a time limit together, and can tell which of them ended what ran under it.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _linked;
    private readonly CancellationToken _outer;

    internal TimeLimit(TimeSpan limit, TimeProvider time, CancellationToken outer)
    {
        _outer = outer;
        _limit = new CancellationTokenSource(limit, time);
        _linked = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, outer);
    }

    internal CancellationToken Token => _linked.Token;

    /// <summary>Starts the time anew; <see cref="Timeout.InfiniteTimeSpan"/> stops it.</summary>
    internal void Restart(TimeSpan limit) => _limit.CancelAfter(limit);

    /// <summary>Throws what the caller should see in place of an exception: its own cancellation as that, and all else as the client's exception.</summary>
    internal RealtimeClientException Explain(Exception exception)
    {
        _outer.ThrowIfCancellationRequested();
        return _limit.IsCancellationRequested && exception is not RealtimeClientException
            ? new RealtimeClientException(RealtimeClientException.TimedOut, "The server did not answer in time.", exception)
            : RealtimeClientException.From(exception);
    }

    public void Dispose()
    {
        _linked.Dispose();
        _limit.Dispose();
    }
}
