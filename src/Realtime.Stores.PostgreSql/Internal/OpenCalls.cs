namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>Counts the calls that go on, so that closing can wait for them.</summary>
internal sealed class OpenCalls
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _closed;

    internal bool IsClosed
    {
        get
        {
            lock (_lock)
                return _closed;
        }
    }

    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    internal void Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(PostgreSqlMessageStore));
            _count++;
        }
    }

    internal void Leave()
    {
        lock (_lock)
        {
            _count--;
            EndIfIdle();
        }
    }

    /// <summary>Lets no more calls in, and completes when the last one has left.</summary>
    internal Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            EndIfIdle();
        }

        return _ended.Task;
    }

    private void EndIfIdle()
    {
        if (_closed && _count == 0)
            _ended.TrySetResult();
    }
}
