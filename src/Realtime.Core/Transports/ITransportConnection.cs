using Realtime.Delivery;

namespace Realtime.Transports;

/// <summary>The far side of a session: one client, connected by one transport.</summary>
public interface ITransportConnection
{
    /// <summary>One of <see cref="TransportNames"/>.</summary>
    string Transport { get; }

    /// <summary>How frames for it are encoded.</summary>
    WireFormat Format { get; }

    /// <summary>Hands a frame to the network. Called by one caller at a time, never before the last call completed.</summary>
    /// <param name="frame">Its bytes stay as they are until the call completes.</param>
    /// <returns>Completes when the connection is ready for more; fails when it is gone.</returns>
    ValueTask WriteAsync(Frame frame);

    /// <summary>Ends the connection after what was written, telling the client why where the transport can. Returns at once; may be called twice.</summary>
    void Close(CloseReason reason);

    /// <summary>Cuts the connection.</summary>
    void Abort();
}

/// <summary>The names of the transports in logs, metrics and answers.</summary>
public static class TransportNames
{
    /// <summary>The SignalR hub.</summary>
    public const string SignalR = "signalr";

    /// <summary>The plain WebSocket.</summary>
    public const string WebSocket = "websocket";

    /// <summary>Server-sent events.</summary>
    public const string ServerSentEvents = "sse";

    /// <summary>A poll that is held until there is something.</summary>
    public const string LongPoll = "long-poll";

    /// <summary>A poll that is answered at once.</summary>
    public const string ShortPoll = "short-poll";
}
