namespace Realtime.Testing.Clients;

/// <summary>The ways to read that the conformance suite runs over.</summary>
public enum ReaderKind
{
    /// <summary><c>GET /api/ws</c>.</summary>
    WebSocket,

    /// <summary><c>/api/stream</c>.</summary>
    ServerSentEvents,

    /// <summary><c>/api/poll</c> with a wait.</summary>
    LongPoll,

    /// <summary><c>/api/poll</c> without one.</summary>
    ShortPoll,

    /// <summary>The hub, in SignalR's JSON protocol.</summary>
    HubJson,

    /// <summary>The hub, in SignalR's MessagePack protocol.</summary>
    HubMessagePack,
}
