using Realtime.Stores;

namespace Realtime.WebPush.Encryption;

/// <summary>
/// Keeps the one <see cref="VapidKey"/> of this deployment: in a file beside its store, or in the store itself where several nodes share that; where there
/// is neither, it goes with the process, as the subscriptions do.
/// </summary>
internal sealed class VapidKeyring(string? path, ISecretStore? shared) : IDisposable
{
    private const string SecretName = "vapid";

    private volatile VapidKey? _key;

    /// <summary>The key.</summary>
    /// <exception cref="RealtimeException">The store that keeps it was not reached yet; transient.</exception>
    internal VapidKey Key => _key ?? throw new RealtimeException("The store that keeps the key of Web Push can't be reached yet.", isTransient: true);

    /// <summary>Makes the key, or gets it from where it is kept. Called by one at a time.</summary>
    /// <exception cref="RealtimeException">Transient when the store can't be reached; otherwise what is kept is no key, or the file can't be read or made.</exception>
    internal async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (_key is not null)
            return;
        var secret = VapidKey.CreateSecret();
        if (path is not null)
            secret = KeyFile.LoadOrCreate(path, secret, VapidKey.SecretLength);
        else if (shared is not null)
            secret = await shared.LoadOrCreateAsync(SecretName, secret, cancellationToken);
        _key = VapidKey.FromSecret(secret);
    }

    /// <inheritdoc/>
    public void Dispose() => _key?.Dispose();
}
