using System.Net.Sockets;
using Realtime.Delivery;
using Realtime.Transports.Requests;

namespace Realtime.Transports.WebSockets;

/// <summary>The writing side of a plain WebSocket.</summary>
/// <param name="stream">The stream under the socket.</param>
/// <param name="socket">Where to write directly; null to write to the stream.</param>
/// <param name="abort">Cuts the connection.</param>
/// <param name="time">The clock.</param>
internal sealed class WebSocketConnection(Stream stream, Socket? socket, Action abort, TimeProvider time) : ITransportConnection, IAsyncDisposable
{
    /// <summary>How long a client has to answer a close before the connection is cut.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private ITimer? _cut;
    private Task _closing = Task.CompletedTask;

    /// <summary>The stream under the socket.</summary>
    internal Stream Stream => stream;

    public string Transport => TransportNames.WebSocket;

    public WireFormat Format => WebSocketFormat.Instance;

    public ValueTask WriteAsync(Frame frame) => WriteAsync(frame.Bytes);

    public void Close(CloseReason reason)
    {
        if (_cut is not null)
            return;
        // The client answers with a close of its own, which ends the reading; one that doesn't is cut.
        _cut = time.CreateTimer(static state => ((Action)state!)(), abort, CloseTimeout, Timeout.InfiniteTimeSpan);
        _closing = WriteCloseAsync(reason);
    }

    public void Abort() => abort();

    /// <summary>Completes when nothing touches the request any more. Called when the session has left, before the handler of the request returns.</summary>
    public async ValueTask DisposeAsync()
    {
        // Once the request is over there is nothing left to cut: aborting it then would throw on a timer's thread and end the process.
        await _closing;
        if (_cut is not null)
            await _cut.DisposeAsync();
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) =>
        socket is null ? stream.WriteAsync(bytes) : DirectSocket.SendAsync(socket, bytes);

    private async Task WriteCloseAsync(CloseReason reason)
    {
        try
        {
            await WriteAsync(WebSocketFormat.CloseFrame(reason));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            abort();
        }
    }
}
