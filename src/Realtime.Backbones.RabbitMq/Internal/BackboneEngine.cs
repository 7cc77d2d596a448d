using Microsoft.Extensions.Logging;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>What a mode does with the connection on which it receives: prepares it, says when it works, and returns the reason when it has ended.</summary>
internal delegate Task<string> ReceivingSession(BrokerConnection connection, ReceiveLoop loop, Action works, CancellationToken stop);

/// <summary>What both modes share: two connections that are kept, publishing on one of them, and the loop behind the other.</summary>
internal sealed class BackboneEngine(string kind, RabbitMqOptions options, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FramePublisher _publisher = new(options, time);
    private readonly Lock _gate = new();
    private volatile BrokerState? _state;
    private volatile ReceiveLoop? _loop;
    private Task _running = Task.CompletedTask;
    private volatile bool _disposed;

    /// <summary>All but the depth of the queue.</summary>
    internal BackboneHealth Health
    {
        get
        {
            if (_disposed)
                return new BackboneHealth(IsConnected: false, "The RabbitMQ backbone was closed.");
            if (_state is not { } state || _loop is not { } loop)
                return new BackboneHealth(IsConnected: false, "The RabbitMQ backbone was not started.");
            return new BackboneHealth(state.IsConnected, Detail(state))
            {
                IsBlocked = _publisher.IsBlocked,
                Unacknowledged = loop.Unacknowledged,
                UnacknowledgedBytes = loop.UnacknowledgedBytes,
            };
        }
    }

    /// <exception cref="RealtimeException">A setting can never work.</exception>
    internal void Start(ReceiveLoop loop, ReceivingSession receive)
    {
        RabbitMqOptionsValidator.ThrowIfWrong(options);
        BrokerAddress.Parse(options.ConnectionString, out var address);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_loop is not null)
                throw new InvalidOperationException("The backbone was started before.");
            _state = new BrokerState(address!, $"The {kind} backbone", time, logger);
            _loop = loop;
            var stop = _stop.Token;
            _running = Task.WhenAll(
                Task.Run(() => Keeper(address!, Role.Sending).RunAsync(_publisher.ServeAsync, stop), CancellationToken.None),
                Task.Run(
                    () => Keeper(address!, Role.Receiving).RunAsync((connection, works, stop) => receive(connection, loop, works, stop), stop),
                    CancellationToken.None),
                Task.Run(() => loop.RunAsync(stop), CancellationToken.None));
        }
    }

    internal ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        _publisher.SendAsync(shard, frame, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
            _disposed = true;
        await _stop.CancelAsync();
        await _running;
    }

    private ConnectionKeeper Keeper(BrokerAddress address, Role role) => new(
        address, $"realtime {options.NodeName ?? Environment.MachineName} {(role == Role.Sending ? "sends" : "receives")}", role, options.Heartbeat, _state!, time);

    private string? Detail(BrokerState state) =>
        state.Detail ?? (_publisher.IsBlocked ? "RabbitMQ blocks publishers: it is short of memory or disk." : null);
}
