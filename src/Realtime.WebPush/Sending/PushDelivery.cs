using Realtime.Stores;
using Realtime.WebPush.Notifying;

namespace Realtime.WebPush.Sending;

/// <summary>A notification on its way to one browser.</summary>
/// <param name="Subscription">The browser.</param>
/// <param name="Notification">What it is told.</param>
/// <param name="Unread">How many messages its user has not read.</param>
internal sealed record PushDelivery(PushSubscription Subscription, Notification Notification, long Unread)
{
    /// <summary>How many times it was tried and found its service unavailable.</summary>
    internal int Failures { get; init; }

    /// <summary>Whether its service has found it too large with the message's data.</summary>
    internal bool WithoutData { get; init; }
}
