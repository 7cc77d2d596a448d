namespace Realtime.Client;

/// <summary>How messages reach the client.</summary>
public enum RealtimeTransport
{
    /// <summary>WebSocket, SSE, long polling, short polling: the first that proves to work.</summary>
    Auto,

    /// <summary>The server writes frames to a WebSocket; <c>websocket</c> in logs.</summary>
    WebSocket,

    /// <summary>The server writes events to one long answer; <c>sse</c> in logs.</summary>
    ServerSentEvents,

    /// <summary>The server holds each request until there is something to tell; <c>long-poll</c> in logs.</summary>
    LongPoll,

    /// <summary>The client asks at an interval; <c>short-poll</c> in logs. Brings no signals.</summary>
    ShortPoll,
}

internal static class RealtimeTransportLabels
{
    /// <summary>The label that the server uses in its logs and metrics too.</summary>
    internal static string Label(this RealtimeTransport transport) => transport switch
    {
        RealtimeTransport.WebSocket => "websocket",
        RealtimeTransport.ServerSentEvents => "sse",
        RealtimeTransport.LongPoll => "long-poll",
        RealtimeTransport.ShortPoll => "short-poll",
        _ => "auto",
    };
}
