using Realtime.Channels;
using Realtime.Presence;

namespace Realtime.Sessions;

/// <summary>A session's place in one channel. Belongs to the session's pump.</summary>
internal sealed class Subscription(Session session, ChannelLog log, Position position)
{
    internal Session Session { get; } = session;

    internal ChannelLog Log { get; } = log;

    internal Position Position { get; set; } = position;

    internal long SignalNumber { get; set; }

    /// <summary>The user's presence in the channel; null where none is kept.</summary>
    internal PresenceEntry? Presence { get; set; }

    /// <summary>What is to be told before any message.</summary>
    internal Gap? Gap { get; set; }

    /// <summary>Its place in the group's list, so that leaving needs no search.</summary>
    internal int GroupIndex { get; set; }

    /// <summary>A look without a lock; what it misses is signalled again.</summary>
    internal bool HasNews => Gap is not null || HasMessages || HasSignals;

    internal bool HasMessages => Position.Offset != Log.Head;

    internal bool HasSignals => SignalNumber != Log.SignalHead;
}
