using System.Net.Sockets;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>
/// One connection, for as long as it lasts. The client's own recovery is off: it would consume a stream from where it began, and say nothing of what
/// it lost in between.
/// </summary>
/// <remarks>
/// The socket is held on to, because closing the client's connection waits for what it has yet to write, which never ends where the broker hangs or
/// has blocked the connection.
/// </remarks>
internal sealed class BrokerConnection : IAsyncDisposable
{
    /// <summary>For a host that doesn't answer, and for a broker that accepts and says nothing.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>For the answer to a declaration or a binding.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For an orderly end of the connection.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    /// <summary>For an orderly end of its use, when the backbone is disposed.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly IConnection _connection;
    private readonly Func<Socket?> _socket;
    private readonly TimeProvider _time;
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _onStop;
    private TaskCompletionSource? _blocked;

    private BrokerConnection(IConnection connection, Func<Socket?> socket, TimeProvider time, CancellationToken stop)
    {
        _connection = connection;
        _socket = socket;
        _time = time;
        // Whoever waits for the broker by then, in the client or in its channels' own ends, waits no more.
        _onStop = stop.UnsafeRegister(static connection => _ = ((BrokerConnection)connection!).CloseSocketAsync(), this);
        // Before any channel is there: the client tells its channels in this order, and a channel whose writes are stuck holds up who comes after it.
        connection.ConnectionShutdownAsync += OnShutdownAsync;
        connection.ConnectionBlockedAsync += OnBlockedAsync;
        connection.ConnectionUnblockedAsync += OnUnblockedAsync;
    }

    /// <summary>Completes, with the reason, when the connection ends.</summary>
    internal Task<string> Lost => _lost.Task;

    /// <summary>Incomplete while the broker asks for no more to be published.</summary>
    internal Task Unblocked => Volatile.Read(ref _blocked)?.Task ?? Task.CompletedTask;

    internal static async Task<BrokerConnection> OpenAsync(
        BrokerAddress address, string name, TimeSpan heartbeat, TimeProvider time, CancellationToken stop)
    {
        Socket? socket = null;
        var factory = new ConnectionFactory
        {
            UserName = address.User,
            Password = address.Password,
            VirtualHost = address.VirtualHost,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = heartbeat,
            RequestedConnectionTimeout = ConnectTimeout,
            HandshakeContinuationTimeout = ConnectTimeout,
            ContinuationTimeout = AnswerTimeout,
            SocketFactory = family => new TcpClientAdapter(socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }),
        };
        try
        {
            await using var closing = stop.UnsafeRegister(_ => socket?.Dispose(), null);
            var connection = await factory.CreateConnectionAsync(address.Endpoints, name, stop);
            return new BrokerConnection(connection, () => socket, time, stop);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    internal Task<IChannel> OpenChannelAsync(bool withConfirms, CancellationToken cancellationToken) =>
        _connection.CreateChannelAsync(
            new CreateChannelOptions(withConfirms, publisherConfirmationTrackingEnabled: false, outstandingPublisherConfirmationsRateLimiter: null, 1),
            cancellationToken);

    /// <summary>Ends it in order, if the broker answers soon; otherwise by closing the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        await _onStop.DisposeAsync();
        if (_lost.Task.IsCompleted)
            _socket()?.Dispose();
        var closing = CloseAsync();
        if (!await EndsAsync(closing))
        {
            _socket()?.Dispose();
            // The client may wait for itself here for ever; without its socket, what it leaves is memory.
            await EndsAsync(closing);
        }

        _lost.TrySetResult("The connection was closed.");
        Interlocked.Exchange(ref _blocked, null)?.TrySetResult();
    }

    private async Task CloseAsync()
    {
        try
        {
            await _connection.AbortAsync(CancellationToken.None);
            await _connection.DisposeAsync();
        }
        catch (Exception exception) when (BrokerErrors.IsBroken(exception) || exception is OperationCanceledException)
        {
            // It was broken before.
        }
    }

    private async Task CloseSocketAsync()
    {
        await Task.Delay(StopTimeout, _time);
        _socket()?.Dispose();
    }

    private async Task<bool> EndsAsync(Task closing)
    {
        using var limit = new CancellationTokenSource();
        var ended = await Task.WhenAny(closing, Task.Delay(CloseTimeout, _time, limit.Token)) == closing;
        await limit.CancelAsync();
        return ended;
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        _lost.TrySetResult(BrokerErrors.Describe(reason));
        Interlocked.Exchange(ref _blocked, null)?.TrySetResult();
        return Task.CompletedTask;
    }

    private Task OnBlockedAsync(object sender, ConnectionBlockedEventArgs reason)
    {
        Interlocked.CompareExchange(ref _blocked, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
        return Task.CompletedTask;
    }

    private Task OnUnblockedAsync(object sender, AsyncEventArgs args)
    {
        Interlocked.Exchange(ref _blocked, null)?.TrySetResult();
        return Task.CompletedTask;
    }
}
