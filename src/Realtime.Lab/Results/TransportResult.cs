namespace Realtime.Lab.Results;

/// <summary>What one transport did in a comparison.</summary>
public sealed record TransportResult
{
    /// <summary>Its label.</summary>
    public required string Transport { get; init; }

    /// <summary>Readers, each with one connection.</summary>
    public required int Connections { get; init; }

    /// <summary>Readers whose connection ended during the run, and up to three reasons.</summary>
    public required int FailedConnections { get; init; }

    /// <summary>Why connections ended.</summary>
    public required IReadOnlyList<string> Failures { get; init; }

    /// <summary>Accepted messages times readers.</summary>
    public required long Expected { get; init; }

    /// <summary>Messages that arrived, each counted once.</summary>
    public required long Delivered { get; init; }

    /// <summary>Expected messages that did not arrive.</summary>
    public required long Missing { get; init; }

    /// <summary>Of the missing, those that the server said it can't deliver.</summary>
    public required long Explained { get; init; }

    /// <summary>Messages that arrived once more.</summary>
    public required long Repeated { get; init; }

    /// <summary>Messages that arrived after a later one of their channel.</summary>
    public required long OutOfOrder { get; init; }

    /// <summary>Readers that have the right number of messages, but not the right ones.</summary>
    public required int WrongContent { get; init; }

    /// <summary>From the intended send time; null where nothing arrived.</summary>
    public required LatencySummary? Latency { get; init; }

    /// <summary>Mean time for which the oldest message that a reader lacked had been due; 0 while it lacked none. Milliseconds.</summary>
    public required double StalenessMs { get; init; }

    /// <summary>HTTP requests by all readers, those that opened connections among them.</summary>
    public required long Requests { get; init; }

    /// <summary>Polls that brought nothing.</summary>
    public required long EmptyAnswers { get; init; }

    /// <summary>Bytes from the server, HTTP and framing included, for each delivered message.</summary>
    public required double BytesDownPerMessage { get; init; }

    /// <summary>Bytes to the server for each delivered message.</summary>
    public required double BytesUpPerMessage { get; init; }

    /// <summary>Messages in one read of the socket: what coalescing saved.</summary>
    public required double MessagesPerRead { get; init; }

    /// <summary>What the server spent on it, measured alone; null where that was not asked for or can't be measured.</summary>
    public TransportCost? Cost { get; init; }
}

/// <summary>What the server spent on one transport, measured with no other beside it.</summary>
/// <param name="Readers">Readers of the part in which CPU was measured.</param>
/// <param name="Delivered">Messages delivered in it.</param>
/// <param name="CpuMicrosPerMessage">Server CPU for each delivered message, in microseconds, without what publishing alone costs; null where it is lost
/// in what publishing costs more or less from one time to the next.</param>
/// <param name="PublishCpuMicros">Server CPU for each published message with nobody reading, in microseconds.</param>
/// <param name="IdleConnections">Idle connections of the part in which memory was measured.</param>
/// <param name="MemoryKiBPerConnection">Growth of the server's resident memory by one idle connection, in KiB; null without a fresh process to see it in.</param>
/// <param name="OtherCpu">CPU that other processes took meanwhile, in cores; null where it can't be known.</param>
public sealed record TransportCost(
    int Readers,
    long Delivered,
    double? CpuMicrosPerMessage,
    double PublishCpuMicros,
    int IdleConnections,
    double? MemoryKiBPerConnection,
    double? OtherCpu);
