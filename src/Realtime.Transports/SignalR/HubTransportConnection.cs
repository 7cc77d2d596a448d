using Microsoft.AspNetCore.SignalR;
using Realtime.Delivery;

namespace Realtime.Transports.SignalR;

/// <summary>The writing side of a hub connection: frames go into SignalR's pipe as they are.</summary>
internal sealed class HubTransportConnection : ITransportConnection
{
    private readonly HubConnectionContext _connection;
    private readonly string _protocol;

    internal HubTransportConnection(HubConnectionContext connection)
    {
        _connection = connection;
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

    public void Close(CloseReason reason) => _connection.Abort();

    public void Abort() => _connection.Abort();
}
