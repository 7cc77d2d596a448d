using Realtime.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>A row of <c>channels</c>. The writer keeps those that it used lately, and changes them with the file.</summary>
internal sealed class ChannelRow
{
    /// <summary>The oldest time where no message is held.</summary>
    internal const long NoTime = long.MaxValue;

    /// <summary>39 bits of offset leave 24 for channels: 550 thousand million messages in each of 16 million.</summary>
    private const int OffsetBits = 39;

    internal required long Id { get; init; }

    internal required ChannelName Name { get; init; }

    internal required Epoch Epoch { get; init; }

    /// <summary>The oldest message that the file holds, which may be trimmed: its row is there so that its id is recognised.</summary>
    internal required long Oldest { get; set; }

    /// <summary>The time of <see cref="Oldest"/>, by which a round of trimming knows whether it has anything to do here.</summary>
    internal required long OldestTime { get; set; }

    internal required long First { get; set; }

    internal required long Head { get; set; }

    /// <summary>Whether it differs from the file.</summary>
    internal bool IsDirty { get; set; }

    internal ChannelState State => new(Epoch, First, Head);

    /// <summary>Where the message with <paramref name="offset"/> is in the file.</summary>
    internal long Key(long offset) => (Id << OffsetBits) | offset;

    /// <summary>The offset of the message at <paramref name="key"/>.</summary>
    internal static long Offset(long key) => key & ((1L << OffsetBits) - 1);

    internal static void CheckRoom(long id, long offset, string path)
    {
        if (id >= 1L << (63 - OffsetBits) || offset >= 1L << OffsetBits)
            throw new RealtimeException($"The message store '{path}' has no room for another channel or offset.", isTransient: false);
    }
}
