using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>One round over the channels that have something to do, with lists that are used again from one channel to the next.</summary>
internal sealed class PresenceRound
{
    /// <summary>Where to tell the other nodes; null when there can be none.</summary>
    internal PresenceOutbox? Outbox { get; set; }

    /// <summary>Milliseconds of the registry's clock.</summary>
    internal long Now { get; set; }

    internal DateTimeOffset Time { get; set; }

    /// <summary>What the channel has to tell the other nodes.</summary>
    internal List<PresenceRecord> Records { get; } = [];

    internal List<PresenceEntry> Joins { get; } = [];

    internal List<PresenceEntry> Leaves { get; } = [];

    internal List<Signal> Signals { get; } = [];

    internal void Clear()
    {
        Records.Clear();
        Joins.Clear();
        Leaves.Clear();
        Signals.Clear();
    }
}
