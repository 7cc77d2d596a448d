using System.Buffers;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Delivery;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;

namespace Realtime.Transports.WebSockets;

/// <summary><c>GET /api/ws</c>: the plain WebSocket.</summary>
internal sealed class WebSocketEndpoint(
    SessionRegistry sessions, Publisher publisher, PublishParser parser, CallerAuthenticator authenticator, OriginPolicy origins, DirectSocket sockets,
    DeliveryOptions options, TimeProvider time)
{
    private const CredentialSources Credentials = CredentialSources.Bearer | CredentialSources.Ticket | CredentialSources.Cookie;
    private const int SmallBuffer = 4096;

    internal static void Map(IEndpointRouteBuilder endpoints)
    {
        var self = endpoints.ServiceProvider.GetRequiredService<WebSocketEndpoint>();
        endpoints.MapApi("/api/ws", (HttpMethods.Get, self.ConnectAsync), (HttpMethods.Connect, self.ConnectAsync));
    }

    private async Task ConnectAsync(HttpContext context)
    {
        var (session, connection, caller) = await OpenAsync(context);
        try
        {
            await ReceiveAsync(connection.Stream, session, caller);
        }
        finally
        {
            await session.DetachAsync();
            await connection.DisposeAsync();
        }
    }

    // Apart from the method that stays for the life of the connection, so that nothing of the beginning does.
    private async ValueTask<(Session Session, WebSocketConnection Connection, Caller Caller)> OpenAsync(HttpContext context)
    {
        WebSocketHandshake.Require(context);
        origins.Require(context);
        var caller = await authenticator.AuthenticateAsync(context, Credentials);
        var request = await ReadRequest.ParseAsync(context, caller, options, channelsRequired: false);
        var stream = await WebSocketHandshake.AcceptAsync(context);
        HeldRequest.LetGo(context);
        var connection = new WebSocketConnection(stream, sockets.Of(context), context.Abort, time);
        var session = sessions.Open(connection, caller.User, caller.ExpiresAt);
        await BeginAsync(session, request, context.RequestAborted);
        return (session, connection, caller);
    }

    private async ValueTask BeginAsync(Session session, ReadRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await session.SubscribeAsync(request.Channels, request.Start, cursor => WriteGreeting(session, cursor), cancellationToken);
        }
        catch (Exception e) when (e is RealtimeException or OperationCanceledException)
        {
            // The answer has been sent, so only a close code can tell the client to come back later; one that left gets none.
            session.Close(CloseReason.StoreUnavailable);
        }
    }

    private void WriteGreeting(Session session, CursorBuilder cursor)
    {
        session.Write(WebSocketFormat.Instance.Encode(cursor, static (format, output, cursor) => format.WriteMessages(output, [], cursor)));
        session.Write(WebSocketFormat.Instance.Encode(time.GetUtcNow(), static (format, output, now) => format.WritePing(output, now)));
    }

    private async Task ReceiveAsync(Stream stream, Session session, Caller caller)
    {
        using var socket = WebSocket.CreateFromStream(
            new SessionStream(stream, session), new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.Zero });
        var commands = new WebSocketCommands(session, caller, publisher, parser, options);
        try
        {
            while (true)
            {
                // Waits without holding a buffer: most clients say nothing most of the time.
                var peek = await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
                if (peek.MessageType == WebSocketMessageType.Close)
                    break;
                if (!await ReceiveFrameAsync(socket, peek, session, commands))
                    break;
            }

            if (socket.State == WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
        {
            // The client is gone, or spoke something else than the protocol; the socket has said what there was to say.
        }
    }

    private async ValueTask<bool> ReceiveFrameAsync(WebSocket socket, ValueWebSocketReceiveResult peek, Session session, WebSocketCommands commands)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(SmallBuffer);
        try
        {
            var length = 0;
            var result = peek;
            while (!result.EndOfMessage)
            {
                if (length == buffer.Length)
                    buffer = PooledBuffer.Grow(buffer);
                result = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                    return false;
                length += result.Count;
                if (length > parser.MaxBytes)
                {
                    session.Close(CloseReason.TooLarge);
                    await SkipToCloseAsync(socket, buffer);
                    return false;
                }
            }

            await commands.ExecuteAsync(buffer.AsMemory(0, length), result.MessageType);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A connection that is closed with bytes unread is reset, and then the close code may never reach the client.
    private static async ValueTask SkipToCloseAsync(WebSocket socket, Memory<byte> buffer)
    {
        while ((await socket.ReceiveAsync(buffer, CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
        }
    }
}
