using Realtime.Delivery;
using Realtime.Transports;

namespace Realtime.Testing.Fakes;

/// <summary>
/// A client in memory, scripted by a test: it takes every write at once, or holds them until it is told to go on, or fails. It decodes a frame when it takes
/// it, as a socket reads its bytes then, so that a frame overwritten while its write is under way shows.
/// </summary>
public sealed class MemoryConnection(WireFormat format) : ITransportConnection
{
    private readonly Lock _gate = new();
    private readonly List<Received> _received = [];
    private readonly List<(Func<MemoryConnection, bool> Condition, TaskCompletionSource Reached)> _waits = [];
    private Frame? _held;
    private TaskCompletionSource? _hold;
    private Exception? _failure;
    private bool _stalled;
    private int _writes;
    private int _touchesAfterDetach;

    public string Transport => TransportNames.WebSocket;

    public WireFormat Format => format;

    /// <summary>Called for each write before it is taken, on the session's thread.</summary>
    public Action? Writing { get; set; }

    /// <summary>All that was taken, in order.</summary>
    public IReadOnlyList<Received> Received
    {
        get
        {
            lock (_gate)
                return [.. _received];
        }
    }

    /// <summary>The messages among what was taken.</summary>
    public IReadOnlyList<ReceivedMessage> Messages => [.. Received.SelectMany(received => received.Messages)];

    /// <summary>The offsets of the messages taken.</summary>
    public IReadOnlyList<long> Offsets => [.. Messages.Select(message => message.Offset)];

    /// <summary>The kinds of all that was taken.</summary>
    public IReadOnlyList<string> Kinds => [.. Received.Select(received => received.Kind)];

    /// <summary>The newest cursor that it was given.</summary>
    public string? Cursor => Received.LastOrDefault(received => received.Cursor is not null)?.Cursor;

    /// <summary>How many writes were handed to it.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <summary>Whether a write is held.</summary>
    public bool IsHolding
    {
        get
        {
            lock (_gate)
                return _hold is not null;
        }
    }

    /// <summary>The bytes of the write that is held.</summary>
    public int HeldBytes
    {
        get
        {
            lock (_gate)
                return _held?.Bytes.Length ?? 0;
        }
    }

    /// <summary>Why it was closed.</summary>
    public CloseReason? Closed { get; private set; }

    /// <summary>Whether it was cut.</summary>
    public bool Aborted { get; private set; }

    /// <summary>Set by a test once the session is detached; what touches the connection later is counted.</summary>
    public bool Detached { get; set; }

    /// <summary>Calls that came after <see cref="Detached"/> was set.</summary>
    public int TouchesAfterDetach => Volatile.Read(ref _touchesAfterDetach);

    public ValueTask WriteAsync(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Touch();
        Writing?.Invoke();
        try
        {
            lock (_gate)
            {
                if (_hold is not null)
                    throw new NotSupportedException("A second write was begun before the first was taken.");
                _writes++;
                if (_failure is not null)
                    return ValueTask.FromException(_failure);
                if (_stalled)
                {
                    _held = frame;
                    _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    return new ValueTask(_hold.Task);
                }

                _received.AddRange(Fakes.Received.Parse(frame.Bytes.Span));
                return ValueTask.CompletedTask;
            }
        }
        finally
        {
            Check();
        }
    }

    public void Close(CloseReason reason)
    {
        Touch();
        lock (_gate)
            Closed ??= reason;
        Check();
    }

    public void Abort()
    {
        Touch();
        lock (_gate)
            Aborted = true;
        Check();
    }

    /// <summary>Takes nothing from the next write on.</summary>
    public void Stall()
    {
        lock (_gate)
            _stalled = true;
    }

    /// <summary>Takes the write that is held, and all that follow at once.</summary>
    public void Resume() => Release(stalled: false);

    /// <summary>Takes the write that is held, and holds the next.</summary>
    public void ReleaseOne() => Release(stalled: true);

    /// <summary>Fails the write that is held, and all that follow.</summary>
    public void Fail(Exception failure)
    {
        TaskCompletionSource? hold;
        lock (_gate)
        {
            _failure = failure;
            (hold, _hold, _held) = (_hold, null, null);
        }

        hold?.SetException(failure);
    }

    /// <summary>Completes when <paramref name="condition"/> holds; looked at after everything that happens to the connection.</summary>
    public Task WhenAsync(Func<MemoryConnection, bool> condition, string expectation)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
            _waits.Add((condition, reached));
        Check();
        return reached.Task.Within($"{expectation}; received so far: {string.Join(' ', Kinds.TakeLast(20))}, offsets {string.Join(' ', Offsets.TakeLast(20))}");
    }

    /// <summary>Completes when <paramref name="count"/> messages were taken.</summary>
    public Task WhenMessagesAsync(int count) => WhenAsync(connection => connection.Messages.Count >= count, $"{count} messages");

    /// <summary>Completes when a write is held.</summary>
    public Task WhenHoldingAsync() => WhenAsync(connection => connection.IsHolding, "a write that is held");

    private void Release(bool stalled)
    {
        TaskCompletionSource? hold;
        lock (_gate)
        {
            _stalled = stalled;
            if (_held is { } frame)
                _received.AddRange(Fakes.Received.Parse(frame.Bytes.Span));
            (hold, _hold, _held) = (_hold, null, null);
        }

        Check();
        hold?.SetResult();
    }

    private void Touch()
    {
        if (Detached)
            Interlocked.Increment(ref _touchesAfterDetach);
    }

    private void Check()
    {
        lock (_gate)
        {
            for (var i = _waits.Count - 1; i >= 0; i--)
            {
                if (!_waits[i].Condition(this))
                    continue;
                _waits[i].Reached.TrySetResult();
                _waits.RemoveAt(i);
            }
        }
    }
}
