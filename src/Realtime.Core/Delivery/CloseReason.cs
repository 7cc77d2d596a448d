namespace Realtime.Delivery;

/// <summary>Why the server ends a connection. The number is the close code of a WebSocket (RFC 6455 and its registry).</summary>
/// <param name="Code">What a client goes by.</param>
/// <param name="Name">What a person reads.</param>
public sealed record CloseReason(int Code, string Name)
{
    /// <summary>The client ended it.</summary>
    public static readonly CloseReason ClientLeft = new(1000, "client-left");

    /// <summary>The token behind the connection has ended: come back with another.</summary>
    public static readonly CloseReason TokenExpired = new(1001, "token-expired");

    /// <summary>Refused for good: the same request will be refused again.</summary>
    public static readonly CloseReason Refused = new(1008, "refused");

    /// <summary>A frame was larger than the server takes: come back without it.</summary>
    public static readonly CloseReason TooLarge = new(1009, "too-large");

    /// <summary>The server shuts down: come back later.</summary>
    public static readonly CloseReason ServerShutdown = new(1012, "server-shutdown");

    /// <summary>The connection took nothing for too long: come back and resume.</summary>
    public static readonly CloseReason SlowConsumer = new(1013, "slow-consumer");

    /// <summary>The server can't read what the connection needs: come back later and resume.</summary>
    public static readonly CloseReason StoreUnavailable = new(1013, "store-unavailable");

    /// <summary>Whether a client should come back: whenever it was not refused for good.</summary>
    public bool Reconnect => Code != 1008;
}
