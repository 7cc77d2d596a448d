using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;

namespace Realtime.Transports.ServerSentEvents;

/// <summary><c>GET</c> and <c>POST /api/stream</c>: server-sent events.</summary>
internal sealed class ServerSentEventsEndpoint(
    SessionRegistry sessions, CallerAuthenticator authenticator, OriginPolicy origins, DirectSocket sockets, DeliveryOptions options, TimeProvider time)
{
    private const CredentialSources Credentials = CredentialSources.Bearer | CredentialSources.Ticket | CredentialSources.Cookie;

    internal static void Map(IEndpointRouteBuilder endpoints)
    {
        var self = endpoints.ServiceProvider.GetRequiredService<ServerSentEventsEndpoint>();
        endpoints.MapApi("/api/stream", (HttpMethods.Get, self.StreamAsync), (HttpMethods.Post, self.StreamAsync));
    }

    private async Task StreamAsync(HttpContext context)
    {
        var (session, connection) = await OpenAsync(context);
        try
        {
            using (context.RequestAborted.UnsafeRegister(static state => ((ServerSentEventsConnection)state!).Close(CloseReason.ClientLeft), connection))
                await connection.Ended;
        }
        finally
        {
            await session.DetachAsync();
        }
    }

    // Apart from the method that stays for the life of the stream, so that nothing of the beginning does.
    private async ValueTask<(Session Session, ServerSentEventsConnection Connection)> OpenAsync(HttpContext context)
    {
        origins.Require(context);
        var caller = await authenticator.AuthenticateAsync(context, Credentials);
        var request = await ReadRequest.ParseAsync(context, caller, options);
        // An empty one is that of a stream without messages so far: it must not undo the cursor.
        if (context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } lastEventId)
            request = request with { Start = ReadRequest.ParseStart(lastEventId) };

        var headers = context.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "no-store, no-transform";
        headers["X-Accel-Buffering"] = "no";
        // A client that reads slowly falls behind and loses nothing, so the server has no reason to cut it for its rate.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        HeldRequest.LetGo(context);

        await context.Response.Body.FlushAsync(context.RequestAborted);
        var connection = new ServerSentEventsConnection(context, sockets.Of(context));
        var session = sessions.Open(connection, caller.User, caller.ExpiresAt);
        try
        {
            await session.SubscribeAsync(
                request.Channels, request.Start, cursor => WriteGreeting(session, connection.Format, cursor), context.RequestAborted);
        }
        catch (Exception e) when (e is RealtimeException or OperationCanceledException)
        {
            // An EventSource that is refused stays away for ever; one whose stream ends comes back.
            session.Close(CloseReason.StoreUnavailable);
        }

        return (session, connection);
    }

    private void WriteGreeting(Session session, WireFormat format, CursorBuilder cursor)
    {
        // One to three seconds: those whose server went away together don't come back together.
        var retry = TimeSpan.FromSeconds(1 + 2 * Random.Shared.NextDouble());
        session.Write(format.Encode((cursor, retry), static (_, output, state) => ServerSentEventsFormat.WriteReady(output, state.retry, state.cursor)));
        session.Write(format.Encode(time.GetUtcNow(), static (format, output, now) => format.WritePing(output, now)));
    }
}
