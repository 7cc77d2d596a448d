using Realtime.Channels;

namespace Realtime.WebPush.Notifying;

/// <summary>A channel with messages that its user may have to be told of. Belongs to <see cref="PendingNotifications"/>, under whose lock it changes.</summary>
internal sealed class PendingNotification(ChannelName channel, string user)
{
    internal ChannelName Channel { get; } = channel;

    internal string User { get; } = user;

    /// <summary>The newest message.</summary>
    internal required Notification Newest { get; set; }

    /// <summary>When the newest message came.</summary>
    internal required DateTimeOffset NewestAt { get; set; }

    /// <summary>When the user is told.</summary>
    internal required DateTimeOffset DueAt { get; set; }

    /// <summary>When it is looked at next; null while somebody does.</summary>
    internal DateTimeOffset? CheckAt { get; set; }

    /// <summary>Its place among all, in the order in which they came; null once it no longer waits.</summary>
    internal LinkedListNode<PendingNotification>? Place { get; set; }
}
