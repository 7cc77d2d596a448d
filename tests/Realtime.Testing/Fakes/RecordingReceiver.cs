using Realtime.Backbones;

namespace Realtime.Testing.Fakes;

/// <summary>A node's side of a backbone that keeps what it gets, and takes it as slowly as a test wants.</summary>
public sealed class RecordingReceiver : IBackboneReceiver
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _frames = [];
    private TaskCompletionSource _changed = NewSignal();
    private TaskCompletionSource? _gate;
    private int _missed;
    private int _inside;

    /// <summary>The frames that were taken, in the order of arrival.</summary>
    public IReadOnlyList<byte[]> Frames
    {
        get
        {
            lock (_lock)
                return [.. _frames];
        }
    }

    /// <summary>How often it was told that frames may have been missed.</summary>
    public int Missed => Volatile.Read(ref _missed);

    /// <summary>How many frames are being taken at this moment: 0 or 1, or the backbone breaks its promise.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Whether there were ever two at a time.</summary>
    public bool WasEnteredTwice { get; private set; }

    /// <summary>Awaited for each frame while it is taken; null takes it at once.</summary>
    public Func<Task>? Taking { get; set; }

    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _inside) > 1)
            WasEnteredTwice = true;
        try
        {
            Change(() => { });
            if (Volatile.Read(ref _gate) is { } gate)
                await gate.Task.WaitAsync(cancellationToken);
            if (Taking is { } taking)
                await taking();
            // Only now: until the call completes the frame must stay as it is.
            var copy = frame.ToArray();
            Change(() => _frames.Add(copy));
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    public void MayHaveMissed() => Change(() => Interlocked.Increment(ref _missed));

    /// <summary>Takes no frame any more, until <see cref="Open"/>.</summary>
    public void Close() => Interlocked.CompareExchange(ref _gate, NewSignal(), null);

    /// <summary>Takes frames again.</summary>
    public void Open() => Interlocked.Exchange(ref _gate, null)?.SetResult();

    /// <summary>Waits until the condition holds.</summary>
    public async Task UntilAsync(Func<bool> condition, string expectation)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var deadline = Task.Delay(Deadline.Default, TestContext.Current.CancellationToken);
        while (true)
        {
            Task changed;
            lock (_lock)
                changed = _changed.Task;
            if (condition())
                return;
            // What a backbone says of its health has no event; it is looked at again after a moment.
            if (await Task.WhenAny(changed, deadline, Task.Delay(20)) == deadline)
                Assert.Fail($"Not within {Deadline.Default.TotalSeconds} s: {expectation}; {Frames.Count} frames came, {Missed} times it was told that some may be missing.");
        }
    }

    /// <summary>Waits for a number of frames in all.</summary>
    public Task CountAsync(int frames) => UntilAsync(() => Frames.Count >= frames, $"{frames} frames");

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
