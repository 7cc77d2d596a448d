using System.Collections.Concurrent;

namespace Realtime.Channels;

/// <summary>
/// Gives holes in logs up. Where two nodes write to one channel, a node often hears of its own commit before the other's earlier one: a moment's patience
/// spares a read of the store for nearly all of them.
/// </summary>
internal sealed class HoleTimer : IDisposable
{
    /// <summary>Several times what a frame takes from one node to another, and not long for a reader where one was lost.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(15);

    private readonly ConcurrentQueue<Hole> _holes = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private int _armed;

    internal HoleTimer(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => GiveUp(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Has <see cref="ChannelLog.GiveUpHole"/> called after a while.</summary>
    internal void Add(ChannelLog log, long number)
    {
        _holes.Enqueue(new Hole(log, number, _time.GetTimestamp()));
        Arm();
    }

    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        if (Interlocked.Exchange(ref _armed, 1) == 0)
            _timer.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    private void GiveUp()
    {
        Volatile.Write(ref _armed, 0);
        // They were added in the order of time.
        while (_holes.TryPeek(out var oldest) && _time.GetElapsedTime(oldest.Since) >= Patience && _holes.TryDequeue(out var hole))
            hole.Log.GiveUpHole(hole.Number);
        if (!_holes.IsEmpty)
            Arm();
    }

    private readonly record struct Hole(ChannelLog Log, long Number, long Since);
}
