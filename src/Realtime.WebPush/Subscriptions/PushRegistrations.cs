using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using Realtime.Stores;
using Realtime.WebPush.Encryption;

namespace Realtime.WebPush.Subscriptions;

/// <summary>Takes in and gives up the subscriptions of users. Thread-safe.</summary>
public sealed class PushRegistrations
{
    /// <summary>How long a registration waits to learn where its endpoint leads; a name that can't be found by then is judged when a push is sent.</summary>
    private static readonly TimeSpan ResolveTimeout = TimeSpan.FromSeconds(2);

    private readonly IPushSubscriptionStore _store;
    private readonly EndpointRules _rules;
    private readonly VapidKeyring _keyring;
    private readonly WebPushOptions _options;
    private readonly TimeProvider _time;

    internal PushRegistrations(IPushSubscriptionStore store, EndpointRules rules, VapidKeyring keyring, WebPushOptions options, TimeProvider time)
    {
        _store = store;
        _rules = rules;
        _keyring = keyring;
        _options = options;
        _time = time;
    }

    /// <summary>Whether this server sends pushes at all.</summary>
    public bool IsEnabled => _options.Enabled;

    /// <summary>What a page hands to the browser as <c>applicationServerKey</c>: 65 bytes in base64url.</summary>
    /// <exception cref="RealtimeException">The store that keeps the key was not reached yet; transient.</exception>
    public string PublicKey => _keyring.Key.PublicKey;

    /// <summary>Takes in a subscription, durably; one that is known already is renewed.</summary>
    /// <param name="user">Who subscribes.</param>
    /// <param name="endpoint">The subscription's <c>endpoint</c>.</param>
    /// <param name="publicKey">Its <c>keys.p256dh</c>, in base64url.</param>
    /// <param name="authSecret">Its <c>keys.auth</c>, in base64url.</param>
    /// <param name="expiresAt">Its <c>expirationTime</c>.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>What is wrong with it; null when it was taken.</returns>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    public async ValueTask<PushRefusal?> AddAsync(
        string user, string? endpoint, string? publicKey, string? authSecret, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        if (endpoint is not { Length: <= PushSubscription.MaxEndpointLength } || !Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || !_rules.Allows(address))
            return new PushRefusal("endpoint", $"an https address of a push service on the public network, of at most {PushSubscription.MaxEndpointLength} characters");
        if (Decode(publicKey, PublicPoint.Length) is not { } key || !IsPoint(key))
            return new PushRefusal("keys.p256dh", $"the browser's public key: an uncompressed point of P-256, {PublicPoint.Length} bytes in base64url");
        if (Decode(authSecret, MessageEncryption.AuthSecretLength) is not { } secret)
            return new PushRefusal("keys.auth", $"the browser's secret: {MessageEncryption.AuthSecretLength} bytes in base64url");
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        if (expiresAt <= now)
            return new PushRefusal("expirationTime", "a time to come, or null");
        if (!await LeadsToAllowedAsync(address.IdnHost, cancellationToken))
            return new PushRefusal("endpoint", "an address of a push service on the public network; its name leads elsewhere");
        await _store.PutAsync(new PushSubscription(user, endpoint, key, secret, expiresAt, now), _options.MaxPerUser, cancellationToken);
        return null;
    }

    /// <summary>Gives up a subscription of the user's.</summary>
    /// <returns>False when the user has none with this endpoint.</returns>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    public ValueTask<bool> RemoveAsync(string user, string endpoint, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        return _store.RemoveAsync(endpoint, user, cancellationToken);
    }

    private async ValueTask<bool> LeadsToAllowedAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken).WaitAsync(ResolveTimeout, _time, cancellationToken);
            return Array.TrueForAll(addresses, _rules.Allows);
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            return true;
        }
    }

    private static bool IsPoint(byte[] key)
    {
        using var point = PublicPoint.Decode(key);
        return point is not null;
    }

    private static byte[]? Decode(string? text, int length) =>
        text is not null && Base64Url.IsValid(text, out var decoded) && decoded == length ? Base64Url.DecodeFromChars(text) : null;
}

/// <summary>Why a subscription was not taken.</summary>
/// <param name="Field">The member that is wrong.</param>
/// <param name="Allowed">What it may hold, to stand after "must be".</param>
public sealed record PushRefusal(string Field, string Allowed);
