namespace Realtime.Client;

/// <summary>Which page of a channel's history to read; with none of the first three, the newest.</summary>
public sealed record HistoryQuery
{
    /// <summary>Messages with an offset below this one, nearest to it.</summary>
    public long? Before { get; init; }

    /// <summary>Messages with an offset above this one.</summary>
    public long? After { get; init; }

    /// <summary>Messages accepted at this time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>How many at most; the server's by default, 100. The server cuts it at 1,000.</summary>
    public int? Limit { get; init; }
}

/// <summary>A page of history, always in ascending order of offsets.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Epoch">The channel's epoch.</param>
/// <param name="First">The first offset that is retained.</param>
/// <param name="Head">The last offset of the channel; 0 when it is empty.</param>
/// <param name="Messages">The messages; empty where there is nothing.</param>
/// <param name="Gap">What was asked for and is gone; null where nothing is.</param>
public sealed record HistoryPage(string Channel, string Epoch, long First, long Head, IReadOnlyList<ReceivedMessage> Messages, MessageGap? Gap = null);
