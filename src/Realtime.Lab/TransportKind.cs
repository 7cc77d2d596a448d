namespace Realtime.Lab;

/// <summary>A way to read, as it is written in commands, tables and files.</summary>
public static class TransportKind
{
    /// <summary>The plain WebSocket.</summary>
    public const string WebSocket = "websocket";

    /// <summary>Server-sent events.</summary>
    public const string ServerSentEvents = "sse";

    /// <summary>A request that waits for messages.</summary>
    public const string LongPoll = "long-poll";

    /// <summary>A request every so often.</summary>
    public const string ShortPoll = "short-poll";

    /// <summary>The server's SignalR hub, over its WebSocket.</summary>
    public const string SignalR = "signalr";

    /// <summary>The baseline: a plain SignalR hub that sends to a group.</summary>
    public const string PlainSignalR = "plain-signalr";

    /// <summary>Every transport of the server.</summary>
    public static IReadOnlyList<string> All { get; } = [WebSocket, ServerSentEvents, LongPoll, ShortPoll, SignalR];
}
