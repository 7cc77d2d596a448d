namespace Realtime.Lab.Readers;

/// <summary>How readers read.</summary>
public sealed record ReaderSettings
{
    /// <summary>Time between two short polls that found less than a full page; 1 s unless told otherwise.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a long poll may wait on the server, in whole seconds; 25 s unless told otherwise.</summary>
    public TimeSpan PollWait { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The most messages that one poll returns: the most that the protocol allows.</summary>
    public int PollLimit { get; init; } = 1000;

    /// <summary>Latency is recorded by every n-th reader; 1 for all. More keeps a saturated generator light.</summary>
    public int LatencyEvery { get; init; } = 1;

    /// <summary>
    /// How many streams of numbered messages share the channel, where several publishers write into one as fast as they can; each is
    /// then held to its own order. Null, the usual case, holds each channel to the order of its offsets.
    /// </summary>
    public int? Streams { get; init; }
}
