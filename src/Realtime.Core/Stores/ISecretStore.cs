namespace Realtime.Stores;

/// <summary>Keeps the secrets that all nodes of a deployment must share, beside the messages. Implemented by stores that several nodes use.</summary>
public interface ISecretStore
{
    /// <summary>The secret of that name, or <paramref name="candidate"/> once it is durably there. Of several nodes that ask at once, one wins and all get its secret.</summary>
    /// <param name="name">1–64 characters.</param>
    /// <param name="candidate">What is kept where there is none yet.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask<byte[]> LoadOrCreateAsync(string name, byte[] candidate, CancellationToken cancellationToken);
}
