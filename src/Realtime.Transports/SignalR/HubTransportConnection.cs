using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Realtime.Delivery;

namespace Realtime.Transports.SignalR;

/// <summary>The writing side of a hub connection: frames go into SignalR's pipe as they are.</summary>
internal sealed class HubTransportConnection : ITransportConnection, IDisposable
{
    /// <summary>How long a client has to leave after a close before the connection is cut; cutting at once would drop what SignalR has not sent yet.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    /// <summary>SignalR's clients stop handling messages when they meet a close, those just before it included.</summary>
    private static readonly TimeSpan CloseDelay = TimeSpan.FromMilliseconds(250);

    private static readonly CloseMessage ComeBack = new(error: null, allowReconnect: true);
    private static readonly CloseMessage StayAway = new(error: null, allowReconnect: false);

    private readonly HubConnectionContext _connection;
    private readonly TimeProvider _time;
    private readonly string _protocol;
    private ITimer? _cut;
    private CloseMessage? _close;

    internal HubTransportConnection(HubConnectionContext connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _protocol = connection.Protocol.Name;
        Format = _protocol == "messagepack" ? HubMessagePackFormat.Instance : HubJsonFormat.Instance;
    }

    public string Transport => TransportNames.SignalR;

    public WireFormat Format { get; }

    public ValueTask WriteAsync(Frame frame)
    {
        // SignalR writes its own messages between ours; inside one of its locks the bytes are copied, or the call is not complete.
        var message = frame.TransportState as SerializedHubMessage;
        if (message is null)
            frame.TransportState = message = new SerializedHubMessage([new SerializedMessage(_protocol, frame.Bytes)]);
        return _connection.WriteAsync(message, CancellationToken.None);
    }

    public void Close(CloseReason reason)
    {
        if (_cut is not null)
            return;
        _close = reason.Reconnect ? ComeBack : StayAway;
        _cut = _time.CreateTimer(static state => ((HubTransportConnection)state!).Leave(), this, CloseDelay, Timeout.InfiniteTimeSpan);
    }

    private void Leave()
    {
        if (_close is not { } close)
        {
            _connection.Abort();
            return;
        }

        _close = null;
        // SignalR swallows the failure of a write and aborts the connection by itself.
        _ = _connection.WriteAsync(close, CancellationToken.None).AsTask();
        _cut?.Change(CloseTimeout, Timeout.InfiniteTimeSpan);
    }

    public void Abort() => _connection.Abort();

    public void Dispose() => _cut?.Dispose();
}
