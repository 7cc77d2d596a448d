using System.Collections.Concurrent;
using System.Net;

namespace Realtime.Lab.Loop;

/// <summary>
/// One thread that serves any number of sockets: wait, read into one shared buffer, parse in place, go on. It shares two cores with the
/// server that it measures, so it does nothing else: no task, lock or allocation per message.
/// </summary>
internal sealed class EventLoop : IDisposable
{
    // Large enough to drain a saturated connection in few calls, small enough to stay in the cache.
    private const int BufferSize = 64 * 1024;

    // How long posted work may wait when nothing else happens.
    private const long MaxWaitMicros = 5_000;

    private readonly Thread _thread;
    private readonly IPoller _poller = IPoller.Create();
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize, pinned: true);
    private readonly List<LoopConnection> _ready = [];
    private readonly HashSet<LoopConnection> _open = [];
    private readonly PriorityQueue<LoopConnection, long> _timers = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private volatile bool _stopping;
    private volatile Exception? _crash;
    private long _idleMicros, _startedAt, _longestTurn;

    public EventLoop(string name)
    {
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>What the loop did since the last <see cref="ResetLoadAsync"/>.</summary>
    public async Task<LoopLoad> LoadAsync() => await InvokeAsync(
        () =>
        {
            var elapsed = Math.Max(1, LabClock.Now - _startedAt);
            return new LoopLoad(1 - Math.Min(1, (double)_idleMicros / elapsed), TimeSpan.FromMicroseconds(_longestTurn));
        });

    /// <summary>Starts the count of <see cref="LoadAsync"/> anew.</summary>
    public Task ResetLoadAsync() => InvokeAsync(
        () =>
        {
            _idleMicros = _longestTurn = 0;
            _startedAt = LabClock.Now;
        });

    /// <summary>Runs something on the loop's thread and waits for it.</summary>
    public Task InvokeAsync(Action action) => InvokeAsync(() =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="InvokeAsync(Action)"/>
    public async Task<T> InvokeAsync<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _posted.Enqueue(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        if (_crash is { } crash)
            throw new InvalidOperationException("The load generator's loop has ended.", crash);
        return await done.Task.WaitAsync(TimeSpan.FromMinutes(1)).ConfigureAwait(false);
    }

    /// <summary>Opens a connection; call it on the loop's thread.</summary>
    public void Open(LoopConnection connection, EndPoint server, IPAddress? source = null) => connection.Open(this, server, source);

    internal void Watch(LoopConnection connection)
    {
        _poller.Add(connection);
        _open.Add(connection);
    }

    internal void Forget(LoopConnection connection)
    {
        _poller.Remove(connection);
        _open.Remove(connection);
    }

    internal void Schedule(LoopConnection connection, long due) => _timers.Enqueue(connection, due);

    /// <summary>Closes what is open and ends the thread.</summary>
    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _poller.Dispose();
    }

    private void Run()
    {
        _startedAt = LabClock.Now;
        try
        {
            while (!_stopping)
                Turn();
            foreach (var connection in _open.ToArray())
                connection.Close();
        }
        catch (Exception exception)
        {
            // A bug in the generator, not in the server: the next caller gets it, and whoever waits now runs into the deadline.
            _crash = exception;
            while (_posted.TryDequeue(out var action))
                action();
        }
    }

    private void Turn()
    {
        var before = LabClock.Now;
        _poller.Wait(_posted.IsEmpty ? UntilNextTimer(before) : 0, _ready);
        var now = LabClock.Now;
        _idleMicros += now - before;
        foreach (var connection in _ready)
            connection.ReadReady(_buffer);
        while (_posted.TryDequeue(out var action))
            action();
        RunTimers();
        _longestTurn = Math.Max(_longestTurn, LabClock.Now - now);
    }

    private long UntilNextTimer(long now) =>
        _timers.TryPeek(out _, out var due) ? Math.Clamp(due - now, 0, MaxWaitMicros) : MaxWaitMicros;

    private void RunTimers()
    {
        while (_timers.TryPeek(out var connection, out var due) && due <= LabClock.Now)
        {
            _timers.Dequeue();
            // A timer that was set again or cleared leaves its old entry behind.
            if (connection.TimerDue != due)
                continue;
            connection.TimerDue = 0;
            connection.TimerElapsed(LabClock.Now);
        }
    }
}
