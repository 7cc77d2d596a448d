using System.Collections.Concurrent;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>Connections that only read, at most <paramref name="size"/> of them, opened when they are first needed.</summary>
internal sealed class ReaderPool<TReader>(Func<TReader> open, int size) : IAsyncDisposable
    where TReader : IDisposable
{
    private readonly SemaphoreSlim _free = new(size, size);
    private readonly ConcurrentBag<TReader> _idle = [];
    private volatile bool _disposed;

    /// <summary>Runs <paramref name="read"/> on a thread of the pool, because it may block on the disk.</summary>
    internal async ValueTask<T> RunAsync<T>(Func<TReader, T> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteMessageStore));
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteMessageStore));
            return await Task.Run(() => Run(read), cancellationToken);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the reads that go on, and closes the connections. Reads that still wait for their turn are refused.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        for (var i = 0; i < size; i++)
            await _free.WaitAsync();
        while (_idle.TryTake(out var reader))
            reader.Dispose();
        // Those that waited behind the last read find out now that it is over.
        _free.Release(size);
    }

    private T Run<T>(Func<TReader, T> read)
    {
        if (!_idle.TryTake(out var reader))
            reader = open();
        try
        {
            return read(reader);
        }
        finally
        {
            _idle.Add(reader);
        }
    }
}
