using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Realtime.Transports.Requests;

/// <summary>
/// Writes finished frames straight into a connection's socket. The way through the server's pipes costs as much as a small write itself, and frames need
/// nothing of what it does.
/// </summary>
/// <remarks>
/// Only where it can't mix with what the server writes: an HTTP/1.1 connection without TLS, of a server that buffers no responses
/// (<see cref="KestrelServerLimits.MaxResponseBufferSize"/> 0), so that a flush that has completed means that nothing is left in its pipe. From then on
/// the session is the connection's only writer.
/// </remarks>
internal sealed class DirectSocket(IOptions<KestrelServerOptions> server)
{
    private readonly bool _unbuffered = server.Value.Limits.MaxResponseBufferSize == 0;

    /// <summary>The socket of a request whose response has been flushed; null where frames have to go through the response.</summary>
    internal Socket? Of(HttpContext context)
    {
        if (!_unbuffered || !HttpProtocol.IsHttp11(context.Request.Protocol) || context.Features.Get<ITlsConnectionFeature>() is not null
            || context.Features.Get<ITlsHandshakeFeature>() is not null
            || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
            return null;
        socket.Blocking = false;
        return socket;
    }

    /// <summary>Sends all of <paramref name="bytes"/>.</summary>
    /// <returns>Complete when the network took them at once; otherwise when it has.</returns>
    /// <exception cref="IOException">The connection is gone.</exception>
    internal static ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        int sent;
        SocketError error;
        try
        {
            sent = socket.Send(bytes.Span, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException e)
        {
            throw new IOException("The connection is closed.", e);
        }

        if (error == SocketError.Success && sent == bytes.Length)
            return ValueTask.CompletedTask;
        return error is SocketError.Success or SocketError.WouldBlock
            ? SendRestAsync(socket, bytes[sent..])
            : throw new IOException("The connection is gone.", new SocketException((int)error));
    }

    private static async ValueTask SendRestAsync(Socket socket, ReadOnlyMemory<byte> rest)
    {
        try
        {
            while (!rest.IsEmpty)
                rest = rest[await socket.SendAsync(rest, SocketFlags.None)..];
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException("The connection is gone.", e);
        }
    }
}
