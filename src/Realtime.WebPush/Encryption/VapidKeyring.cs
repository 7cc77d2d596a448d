using Realtime.Stores;

namespace Realtime.WebPush.Encryption;

/// <summary>
/// Keeps the one <see cref="VapidKey"/> of this deployment: in a file beside its store, or in the store itself where several nodes share that; where there
/// is neither, it goes with the process, as the subscriptions do.
/// </summary>
internal sealed class VapidKeyring : IDisposable
{
    private const string SecretName = "vapid";

    private readonly ISecretStore? _shared;
    private volatile VapidKey? _key;

    /// <summary>Makes or loads the key where it is not in a store.</summary>
    /// <exception cref="RealtimeException">The file holds something else, or can't be read or made.</exception>
    internal VapidKeyring(string? path, ISecretStore? shared)
    {
        if (path is not null)
            _key = VapidKey.FromSecret(KeyFile.LoadOrCreate(path, VapidKey.CreateSecret(), VapidKey.SecretLength));
        else if (shared is null)
            _key = VapidKey.FromSecret(VapidKey.CreateSecret());
        else
            _shared = shared;
    }

    /// <summary>The key.</summary>
    /// <exception cref="RealtimeException">The store that keeps it was not reached yet; transient.</exception>
    internal VapidKey Key => _key ?? throw new RealtimeException("The store that keeps the key of Web Push can't be reached yet.", isTransient: true);

    /// <summary>Gets the key from the store that the nodes share, where that is where it is kept. Called by one at a time.</summary>
    internal async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (_key is null && _shared is not null)
            _key = VapidKey.FromSecret(await _shared.LoadOrCreateAsync(SecretName, VapidKey.CreateSecret(), cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose() => _key?.Dispose();
}
