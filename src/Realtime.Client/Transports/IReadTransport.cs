namespace Realtime.Client.Transports;

/// <summary>What a reader asks for.</summary>
/// <param name="Channels">The channels.</param>
/// <param name="Cursor">Where to begin; a cursor or one of the words <c>latest</c> and <c>earliest</c>.</param>
internal sealed record ReadRequest(IReadOnlyList<string> Channels, string Cursor);

/// <summary>One way to read from the server.</summary>
internal interface IReadTransport
{
    /// <summary>Which of them it is.</summary>
    RealtimeTransport Kind { get; }

    /// <summary>Whether the server pings, so that silence means a dead connection; if not, each request has a time limit of its own.</summary>
    bool Pings { get; }

    /// <summary>
    /// Connects and reads. Nothing is read further while the caller handles a frame, which is the pressure that slows the server down. It ends only by an
    /// exception, or when the caller stops.
    /// </summary>
    IAsyncEnumerable<Frame> ReadAsync(ReadRequest request, CancellationToken cancellationToken);
}

internal enum FrameKind
{
    /// <summary>Items, none in the first, and the cursor after them where it is known.</summary>
    Items,

    /// <summary>A sign of life; the second early event.</summary>
    Ping,

    /// <summary>The server asks to go and to come back after a time.</summary>
    Drain,

    /// <summary>The server's wish for the first time of the backoff.</summary>
    Retry,
}

/// <summary>What a transport received together.</summary>
internal readonly record struct Frame(FrameKind Kind, IReadOnlyList<ReceivedMessage> Items, string? Cursor, TimeSpan Delay)
{
    internal static readonly Frame Ping = new(FrameKind.Ping, [], null, default);

    internal static Frame Of(IReadOnlyList<ReceivedMessage> items, string? cursor) => new(FrameKind.Items, items, cursor, default);

    internal static Frame Drain(double afterMs) => new(FrameKind.Drain, [], null, TimeSpan.FromMilliseconds(afterMs));

    internal static Frame Retry(TimeSpan delay) => new(FrameKind.Retry, [], null, delay);
}
