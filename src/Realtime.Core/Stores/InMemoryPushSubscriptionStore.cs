namespace Realtime.Stores;

/// <summary>Push subscriptions that are lost with the process.</summary>
public sealed class InMemoryPushSubscriptionStore : IPushSubscriptionStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PushSubscription> _byEndpoint = [];

    /// <summary>Of each user, the one that was registered longest ago first.</summary>
    private readonly Dictionary<string, List<PushSubscription>> _byUser = [];

    /// <inheritdoc/>
    public ValueTask PutAsync(PushSubscription subscription, int maxPerUser, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPerUser, 1);
        lock (_gate)
        {
            Remove(subscription.Endpoint, null);
            _byEndpoint.Add(subscription.Endpoint, subscription);
            if (!_byUser.TryGetValue(subscription.User, out var own))
                _byUser.Add(subscription.User, own = []);
            own.Add(subscription);
            while (own.Count > maxPerUser)
                Remove(own[0].Endpoint, null);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(string endpoint, string? user, CancellationToken cancellationToken)
    {
        lock (_gate)
            return new ValueTask<bool>(Remove(endpoint, user));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PushSubscription>> FindAsync(IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(users);
        lock (_gate)
            return new ValueTask<IReadOnlyList<PushSubscription>>([.. users.SelectMany(user => _byUser.GetValueOrDefault(user) ?? [])]);
    }

    private bool Remove(string endpoint, string? user)
    {
        if (!_byEndpoint.TryGetValue(endpoint, out var known) || (user is not null && known.User != user))
            return false;
        _byEndpoint.Remove(endpoint);
        var own = _byUser[known.User];
        own.Remove(known);
        if (own.Count == 0)
            _byUser.Remove(known.User);
        return true;
    }
}
