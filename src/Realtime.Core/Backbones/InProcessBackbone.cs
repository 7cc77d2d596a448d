namespace Realtime.Backbones;

/// <summary>The backbone of a node that is alone, or of nodes in one process that share an <see cref="InProcessExchange"/>.</summary>
public sealed class InProcessBackbone : IBackbone
{
    private readonly InProcessExchange? _exchange;
    private readonly PendingFrames? _pending;
    private readonly CancellationTokenSource _stopping = new();
    private IBackboneReceiver? _receiver;
    private ShardInterest? _interest;
    private Task _loops = Task.CompletedTask;
    private long _dropped;
    private int _disposed;

    /// <summary>Creates the backbone of a node that is alone: nothing is ever sent.</summary>
    public InProcessBackbone()
    {
    }

    /// <summary>Creates the backbone of one of several nodes in this process.</summary>
    /// <param name="exchange">Connects them.</param>
    /// <param name="capacity">The most frames that wait for this node; 1,000 by default.</param>
    /// <param name="maxBytes">The most bytes of those frames; 64 MiB by default.</param>
    public InProcessBackbone(InProcessExchange exchange, int capacity = 1_000, long maxBytes = 64L << 20)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        _exchange = exchange;
        _pending = new PendingFrames(capacity, maxBytes);
    }

    /// <inheritdoc/>
    public string Kind => "inprocess";

    /// <inheritdoc/>
    public bool ConnectsNodes => _exchange is not null;

    /// <inheritdoc/>
    public BackboneHealth Health => new(IsConnected: _exchange is null || (_receiver is not null && Volatile.Read(ref _disposed) == 0))
    {
        Unacknowledged = _pending?.InHand.Count ?? 0,
        UnacknowledgedBytes = _pending?.InHand.Bytes ?? 0,
        QueueDepth = _pending?.Waiting.Count ?? 0,
        Dropped = Interlocked.Read(ref _dropped),
    };

    /// <inheritdoc/>
    public ValueTask StartAsync(IBackboneReceiver receiver, ShardInterest interest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentNullException.ThrowIfNull(interest);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) == 1, this);
        if (_exchange is null)
            return ValueTask.CompletedTask;
        _interest = interest;
        _receiver = receiver;
        _loops = Task.WhenAll(ReceiveAsync(receiver, _pending!), WatchInterestAsync(receiver, interest));
        _exchange.Join(this);
        receiver.MayHaveMissed();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, ShardInterest.Shards);
        cancellationToken.ThrowIfCancellationRequested();
        if (_exchange is null)
            return ValueTask.FromResult(BackboneSend.Sent);
        return ValueTask.FromResult(Health.IsConnected ? _exchange.Send(this, shard, frame) : BackboneSend.Lost);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        _exchange?.Leave(this);
        await _stopping.CancelAsync();
        await _loops;
        _stopping.Dispose();
    }

    internal bool Wants(int shard) => _interest!.IsWanted(shard);

    internal void MayHaveMissed() => _receiver!.MayHaveMissed();

    /// <summary>Queues a frame for this node; false where a frame, this one or an older one, found no room.</summary>
    internal bool Offer(ReadOnlyMemory<byte> frame)
    {
        if (_exchange!.Overflow == InProcessOverflow.Refuse)
            return _pending!.TryAdd(frame);
        var dropped = _pending!.AddDroppingOldest(frame);
        Interlocked.Add(ref _dropped, dropped);
        return dropped == 0;
    }

    private async Task ReceiveAsync(IBackboneReceiver receiver, PendingFrames pending)
    {
        // A sender never runs the receivers of others.
        await Task.Yield();
        try
        {
            await pending.HandOverAsync(receiver, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    /// <summary>A shard is there as soon as it is wanted; what was sent just before that, the node may have missed.</summary>
    private async Task WatchInterestAsync(IBackboneReceiver receiver, ShardInterest interest)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stopping.Token);
        for (var change = interest.NextChange; await Task.WhenAny(change, stopped) == change;)
        {
            change = interest.NextChange;
            receiver.MayHaveMissed();
        }
    }
}
