using Microsoft.Extensions.Logging;
using Realtime.Backbones.Redis.Internal;
using StackExchange.Redis;

namespace Realtime.Backbones.Redis;

/// <summary>Carries frames by Redis' pub/sub, one of its channels for each shard: at most once, in order within a shard.</summary>
/// <remarks>
/// A connection that is lost loses what was sent meanwhile. Redis also cuts a subscriber that it can't get rid of frames to
/// (<c>client-output-buffer-limit pubsub</c>); this node never lets that happen by itself, for it takes what comes and drops the oldest.
/// </remarks>
public sealed class RedisBackbone : IBackbone
{
    /// <summary>How often the connection is proved alive and shards that nobody wants are looked for.</summary>
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DropLogInterval = TimeSpan.FromSeconds(10);

    private readonly RedisBackboneOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ShardChannels _channels;
    private readonly PendingFrames _pending;
    private readonly ConnectionState _receiving;
    private readonly ConnectionState _sending;
    private readonly CancellationTokenSource _stopping = new();
    private IBackboneReceiver? _receiver;
    private FramePublisher? _publisher;
    private TaskCompletionSource _restored = NewSignal();
    private bool _renews;
    private Task _loops = Task.CompletedTask;
    private long _dropped;
    private long _dropLogged;
    private int _disposed;

    /// <summary>Creates the backbone; <see cref="StartAsync"/> connects it.</summary>
    /// <param name="options">Where Redis is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told when the connection comes and goes.</param>
    public RedisBackbone(RedisBackboneOptions options, TimeProvider time, ILogger<RedisBackbone> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        _time = time;
        _logger = logger;
        _channels = new ShardChannels(options.ChannelPrefix);
        _pending = new PendingFrames(options.ReceiveLimit, options.ReceiveLimitBytes);
        _receiving = new ConnectionState(logger, "Redis is not connected yet.");
        _sending = new ConnectionState(logger, null);
    }

    /// <inheritdoc/>
    public string Kind => "redis";

    /// <inheritdoc/>
    public bool ConnectsNodes => true;

    /// <inheritdoc/>
    public BackboneHealth Health
    {
        get
        {
            var problem = _receiving.Problem ?? _sending.Problem;
            var (frames, bytes) = _pending.Waiting;
            var inHand = _pending.InHand;
            return new BackboneHealth(problem is null && Volatile.Read(ref _publisher) is not null, problem)
            {
                Unacknowledged = frames + inHand.Count,
                UnacknowledgedBytes = bytes + inHand.Bytes,
                Dropped = Interlocked.Read(ref _dropped),
            };
        }
    }

    /// <inheritdoc/>
    public ValueTask StartAsync(IBackboneReceiver receiver, ShardInterest interest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentNullException.ThrowIfNull(interest);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) == 1, this);
        cancellationToken.ThrowIfCancellationRequested();
        var address = RedisAddress.Parse(_options.ConnectionString, "Realtime:Backbone:ConnectionString");
        _receiver = receiver;
        _loops = Task.WhenAll(
            Task.Run(() => ConnectAsync(address, receiver, interest), CancellationToken.None),
            Task.Run(() => HandOverAsync(receiver), CancellationToken.None));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shard);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard, ShardInterest.Shards);
        cancellationToken.ThrowIfCancellationRequested();
        if (Volatile.Read(ref _publisher) is not { } publisher)
            return ValueTask.FromResult(BackboneSend.Lost);
        return new ValueTask<BackboneSend>(publisher.SendAsync(shard, frame).WaitAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _stopping.CancelAsync();
        await _loops;
        _stopping.Dispose();
    }

    private async Task ConnectAsync(RedisAddress address, IBackboneReceiver receiver, ShardInterest interest)
    {
        try
        {
            await using var redis = await OpenAsync(address);
            try
            {
                redis.ConnectionFailed += (_, failure) => Lost(address, failure);
                redis.ConnectionRestored += (_, restored) => Restored(restored);
                var subscriber = redis.GetSubscriber();
                Volatile.Write(ref _publisher, new FramePublisher(subscriber, _channels, address, _sending));
                await KeepSubscribedAsync(address, subscriber, redis.GetDatabase(), receiver, interest);
            }
            finally
            {
                Volatile.Write(ref _publisher, null);
                await redis.CloseAsync(allowCommandsToComplete: false);
            }
        }
        catch (Exception e) when (_stopping.IsCancellationRequested)
        {
            // Disposed, which may end a call in many ways.
            Log.Closed(_logger, e);
        }
    }

    private void Fails(RedisAddress address, Exception exception)
    {
        if (!RedisAddress.IsFailure(exception))
            Log.DriverFailed(_logger, exception);
        _receiving.Fails(address.Explain(exception));
    }

    private void Lost(RedisAddress address, ConnectionFailedEventArgs failure)
    {
        if (!_stopping.IsCancellationRequested)
            _receiving.Fails(address.Explain(failure.Exception ?? new RedisConnectionException(failure.FailureType, "")));
    }

    private void Restored(ConnectionFailedEventArgs connection)
    {
        if (connection.ConnectionType == ConnectionType.Subscription)
            Volatile.Write(ref _renews, true);
        Volatile.Read(ref _restored).TrySetResult();
    }

    private async Task<ConnectionMultiplexer> OpenAsync(RedisAddress address)
    {
        while (true)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            try
            {
                return await ConnectionMultiplexer.ConnectAsync(address.Configure());
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                Fails(address, e);
            }

            await Task.Delay(RetryInterval, _time, _stopping.Token);
        }
    }

    private async Task KeepSubscribedAsync(
        RedisAddress address, ISubscriber subscriber, IDatabase publisher, IBackboneReceiver receiver, ShardInterest interest)
    {
        var subscriptions = new ShardSubscriptions(subscriber, _channels, interest, Take, _time);
        while (true)
        {
            // Asked for before looking, so that nothing is missed.
            var wanted = interest.NextChange;
            if (Volatile.Read(ref _restored).Task.IsCompleted)
                Interlocked.Exchange(ref _restored, NewSignal());
            var restored = Volatile.Read(ref _restored).Task;
            var renews = Interlocked.Exchange(ref _renews, false);
            try
            {
                if (renews)
                    await subscriptions.RenewAsync(_stopping.Token);
                else
                    await subscriptions.UpdateAsync(_stopping.Token);
                // The one connection and the other.
                await Task.WhenAll(subscriber.PingAsync(), publisher.PingAsync()).WaitAsync(_stopping.Token);
                _receiving.Works($"Frames come from {address.Servers}");
                if (subscriptions.TakeNews())
                    receiver.MayHaveMissed();
                await Task.WhenAny(wanted, restored, Task.Delay(CheckInterval, _time, _stopping.Token));
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                Fails(address, e);
                if (renews)
                    Volatile.Write(ref _renews, true);
                await Task.WhenAny(restored, Task.Delay(RetryInterval, _time, _stopping.Token));
            }

            _stopping.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Takes a frame from the driver. It never waits.</summary>
    private void Take(ReadOnlyMemory<byte> frame)
    {
        if (_pending.AddDroppingOldest(frame) is not (> 0 and var dropped))
            return;
        var all = Interlocked.Add(ref _dropped, dropped);
        _receiver!.MayHaveMissed();
        var last = Interlocked.Read(ref _dropLogged);
        var now = _time.GetTimestamp();
        if ((last == 0 || _time.GetElapsedTime(last, now) >= DropLogInterval) && Interlocked.CompareExchange(ref _dropLogged, now, last) == last)
            Log.Dropped(_logger, all);
    }

    private async Task HandOverAsync(IBackboneReceiver receiver)
    {
        while (true)
        {
            try
            {
                await _pending.HandOverAsync(receiver, _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The receiver promises not to; if it does, one frame is lost and not all that follow.
                Log.FrameFailed(_logger, e);
                receiver.MayHaveMissed();
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
