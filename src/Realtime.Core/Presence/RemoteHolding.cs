namespace Realtime.Presence;

/// <summary>What another node said of one channel. Guarded by the channel's presence.</summary>
internal sealed class RemoteHolding
{
    internal const long Unknown = -1;

    /// <summary>The version that this node has.</summary>
    internal long Version { get; set; } = Unknown;

    /// <summary>When it ends unless the node is heard of.</summary>
    internal long LeaseUntil { get; set; }

    /// <summary>How many users of the channel are on that node.</summary>
    internal int Users { get; set; }

    /// <summary>When to ask for the whole, because something is missing.</summary>
    internal long AskAt { get; set; } = PresenceEntry.Never;

    /// <summary>The parts of a snapshot that have come so far.</summary>
    internal SnapshotParts? Parts { get; set; }
}

/// <summary>A snapshot that comes in several frames.</summary>
internal sealed class SnapshotParts(long version)
{
    internal long Version { get; } = version;

    internal int Next { get; set; }

    internal List<PresenceRecord> Records { get; } = [];
}

/// <summary>A user as nodes tell each other.</summary>
/// <param name="User">Who.</param>
/// <param name="Mask">The transports; none when the user is not on the node any more.</param>
/// <param name="Since">When the user came, in milliseconds of Unix time.</param>
internal readonly record struct PresenceRecord(string User, byte Mask, long Since);
