using System.Threading.Channels;

namespace Realtime.Backbones;

/// <summary>
/// Frames that wait for a node which has not taken them yet, bounded in number and bytes, between whoever brings them and the one loop that hands them
/// over. Safe for concurrent use, by one loop.
/// </summary>
public sealed class PendingFrames
{
    private readonly Lock _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _frames = new();

    // Says that there are frames, however many.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true, SingleWriter = false, AllowSynchronousContinuations = false });

    private readonly int _maxFrames;
    private readonly long _maxBytes;
    private long _bytes;
    private int _inHandBytes = -1;

    /// <summary>Creates an empty queue.</summary>
    /// <param name="maxFrames">The most frames that wait; 1 or more.</param>
    /// <param name="maxBytes">The most bytes of those frames, but one frame may wait whatever its size.</param>
    public PendingFrames(int maxFrames, long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFrames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        _maxFrames = maxFrames;
        _maxBytes = maxBytes;
    }

    /// <summary>Frames that wait, and their bytes; the one in hand is not among them.</summary>
    public (int Count, long Bytes) Waiting
    {
        get
        {
            lock (_gate)
                return (_frames.Count, _bytes);
        }
    }

    /// <summary>The frame that is being handed over: 1 or 0 and its bytes.</summary>
    public (int Count, long Bytes) InHand => Volatile.Read(ref _inHandBytes) is >= 0 and var bytes ? (1, bytes) : (0, 0);

    /// <summary>Adds a frame if there is room.</summary>
    /// <param name="frame">Not to be changed any more.</param>
    public bool TryAdd(ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (!HasRoomFor(frame))
                return false;
            Add(frame);
            return true;
        }
    }

    /// <summary>Adds a frame, dropping the oldest where there is no room.</summary>
    /// <param name="frame">Not to be changed any more.</param>
    /// <returns>How many were dropped.</returns>
    public int AddDroppingOldest(ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            var dropped = 0;
            for (; !HasRoomFor(frame); dropped++)
                TryTake(out _);
            Add(frame);
            return dropped;
        }
    }

    /// <summary>Hands the frames over, one at a time, until it is cancelled or the receiver fails.</summary>
    /// <param name="receiver">Gets them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task HandOverAsync(IBackboneReceiver receiver, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        while (true)
        {
            while (TryTake(out var frame))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Volatile.Write(ref _inHandBytes, frame.Length);
                try
                {
                    await receiver.ReceiveAsync(frame, cancellationToken);
                }
                finally
                {
                    Volatile.Write(ref _inHandBytes, -1);
                }
            }

            await _signal.Reader.ReadAsync(cancellationToken);
        }
    }

    private bool HasRoomFor(ReadOnlyMemory<byte> frame) =>
        _frames.Count == 0 || (_frames.Count < _maxFrames && _bytes + frame.Length <= _maxBytes);

    private void Add(ReadOnlyMemory<byte> frame)
    {
        _frames.Enqueue(frame);
        _bytes += frame.Length;
        _signal.Writer.TryWrite(true);
    }

    private bool TryTake(out ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (!_frames.TryDequeue(out frame))
                return false;
            _bytes -= frame.Length;
            return true;
        }
    }
}
