using System.Collections.Concurrent;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>Writes to the state file. What waits while a commit runs is committed together, so that many small changes share the wait for the disk.</summary>
internal sealed class StateWriter(Database database) : IAsyncDisposable
{
    /// <summary>Changes in one commit: a few milliseconds of work.</summary>
    private const int MaxGroup = 256;

    private readonly WriterThread _thread = new();
    private readonly ConcurrentQueue<IChange> _waiting = new();

    private interface IChange
    {
        void Make(Database database);

        void Succeed();

        void Fail(Exception exception);
    }

    /// <summary>Makes a change, durably.</summary>
    /// <param name="change">What to do, in a transaction; it may be done twice, the first time in vain.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    internal async ValueTask<T> WriteAsync<T>(Func<Database, T> change, CancellationToken cancellationToken)
    {
        var waiting = new Change<T>(change);
        _waiting.Enqueue(waiting);
        // One turn of the thread for each change: whoever is first takes along those behind, whose turns then find nothing to do.
        await _thread.RunAsync(CommitWaiting, cancellationToken);
        return await waiting.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _thread.DisposeAsync();

    private bool CommitWaiting()
    {
        var group = new List<IChange>();
        while (group.Count < MaxGroup && _waiting.TryDequeue(out var change))
            group.Add(change);
        if (group.Count > 0 && !TryCommit(group, out _))
        {
            // One of them is at fault, and the others are not to suffer for it.
            foreach (var change in group)
            {
                if (!TryCommit([change], out var failure))
                    change.Fail(failure);
            }
        }

        return true;
    }

    private bool TryCommit(List<IChange> group, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Exception? failure)
    {
        try
        {
            database.Write(() =>
            {
                group.ForEach(change => change.Make(database));
                return true;
            });
        }
        catch (Exception exception)
        {
            failure = exception;
            return false;
        }

        group.ForEach(change => change.Succeed());
        failure = null;
        return true;
    }

    private sealed class Change<T>(Func<Database, T> make) : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), IChange
    {
        private T? _result;

        public void Make(Database database) => _result = make(database);

        public void Succeed() => SetResult(_result!);

        public void Fail(Exception exception) => SetException(exception);
    }
}
