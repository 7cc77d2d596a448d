using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Realtime.Stores.Redis.Internal;

/// <summary>The connection that all calls share: made by the first one, kept by the driver, and never waited for long.</summary>
internal sealed class RedisConnection(RedisAddress address, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long a call waits for the first connection to be made.</summary>
    private static readonly TimeSpan ConnectWait = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _opening;
    private bool _isDisposed;
    private bool _works;
    private string? _problem;

    /// <summary>Calls Redis.</summary>
    /// <exception cref="RealtimeException">It failed; always transient, for the server's state can change.</exception>
    internal async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var redis = await Open().WaitAsync(ConnectWait, time, cancellationToken);
            var answer = await call(redis.GetDatabase()).WaitAsync(cancellationToken);
            Works();
            return answer;
        }
        catch (Exception e) when (RedisAddress.IsFailure(e))
        {
            var problem = address.Explain(e);
            Fails(problem);
            // Without what the driver says, which tells of its settings.
            throw new RealtimeException(problem, isTransient: true);
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
            Log.Left(logger, e);
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

    private void Works()
    {
        if (Volatile.Read(ref _works))
            return;
        lock (_gate)
        {
            if (_works)
                return;
            _works = true;
            _problem = null;
        }

        Log.Works(logger, address.Servers);
    }

    private void Fails(string problem)
    {
        lock (_gate)
        {
            if (!_works && _problem == problem)
                return;
            _works = false;
            _problem = problem;
        }

        Log.Fails(logger, problem);
    }
}
