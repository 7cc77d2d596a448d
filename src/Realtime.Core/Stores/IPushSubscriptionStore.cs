namespace Realtime.Stores;

/// <summary>Keeps where the browsers of users take Web Push notifications. Safe for concurrent use; a broken backend throws <see cref="RealtimeException"/>.</summary>
public interface IPushSubscriptionStore
{
    /// <summary>
    /// Keeps a subscription, durably. One with the same endpoint, whoever's it was, gives way to it: the browser belongs to whoever signed in last. Where the
    /// user would have more than <paramref name="maxPerUser"/>, those that were kept longest ago give way too.
    /// </summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="maxPerUser">1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait; what was begun is done all the same.</param>
    ValueTask PutAsync(PushSubscription subscription, int maxPerUser, CancellationToken cancellationToken);

    /// <summary>Forgets a subscription.</summary>
    /// <param name="endpoint">Its endpoint.</param>
    /// <param name="user">Whose it has to be; null for anybody's.</param>
    /// <param name="cancellationToken">Cancels the wait; what was begun is done all the same.</param>
    /// <returns>False when there is none.</returns>
    ValueTask<bool> RemoveAsync(string endpoint, string? user, CancellationToken cancellationToken);

    /// <summary>The subscriptions of several users, in no particular order. Expired ones are among them.</summary>
    /// <param name="users">1 or more, each once.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<IReadOnlyList<PushSubscription>> FindAsync(IReadOnlyList<string> users, CancellationToken cancellationToken);
}

/// <summary>What a browser gives to be notified (the <c>PushSubscription</c> of the Push API).</summary>
/// <param name="User">Whose browser it is.</param>
/// <param name="Endpoint">An address at the browser's push service, at most <see cref="MaxEndpointLength"/> characters. Whoever knows it can send there: it stays out of logs.</param>
/// <param name="PublicKey">The browser's key: a point of P-256, uncompressed, 65 bytes.</param>
/// <param name="AuthSecret">What the browser knows senders by: 16 bytes.</param>
/// <param name="ExpiresAt">When the browser's push service forgets it, in whole milliseconds; null when it does not say.</param>
/// <param name="RegisteredAt">When it was last registered, in whole milliseconds.</param>
public sealed record PushSubscription(
    string User, string Endpoint, byte[] PublicKey, byte[] AuthSecret, DateTimeOffset? ExpiresAt, DateTimeOffset RegisteredAt)
{
    /// <summary>The longest endpoint, in characters.</summary>
    public const int MaxEndpointLength = 2048;
}
