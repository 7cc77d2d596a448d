using StackExchange.Redis;

namespace Realtime.Stores.Redis.Internal;

/// <summary>The connection that all calls share: made by the first one, kept by the driver, and never waited for long.</summary>
internal sealed class RedisConnection(RedisAddress address, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long a call waits for the first connection to be made.</summary>
    private static readonly TimeSpan ConnectWait = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _opening;
    private bool _isDisposed;

    /// <summary>Calls Redis.</summary>
    /// <exception cref="RealtimeException">It failed; always transient, for the server's state can change.</exception>
    internal async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var redis = await Open().WaitAsync(ConnectWait, time, cancellationToken);
            return await call(redis.GetDatabase()).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (RedisAddress.IsFailure(e))
        {
            // Without what the driver says, which tells of its settings.
            throw new RealtimeException(address.Explain(e), isTransient: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? opening;
        lock (_gate)
        {
            _isDisposed = true;
            opening = _opening;
        }

        if (opening is null)
            return;
        try
        {
            await using var redis = await opening;
            await redis.CloseAsync(allowCommandsToComplete: false);
        }
        catch (Exception e) when (RedisAddress.IsFailure(e))
        {
            // It was never made, or was broken before.
        }
    }

    private Task<ConnectionMultiplexer> Open()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RedisMailboxStore));
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
                _opening = ConnectionMultiplexer.ConnectAsync(address.Configure());
            return _opening;
        }
    }
}
