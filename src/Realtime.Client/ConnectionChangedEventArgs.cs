namespace Realtime.Client;

/// <summary>A subscription's connection was proven alive, or was lost.</summary>
/// <param name="transport">The transport.</param>
/// <param name="isConnected">Whether messages arrive over it now.</param>
/// <param name="error">Why it was lost, where there was an error.</param>
/// <param name="retryIn">How long the client waits before the next try.</param>
public sealed class ConnectionChangedEventArgs(RealtimeTransport transport, bool isConnected, RealtimeClientException? error, TimeSpan retryIn) : EventArgs
{
    /// <summary>The transport; never <see cref="RealtimeTransport.Auto"/>.</summary>
    public RealtimeTransport Transport => transport;

    /// <summary>Whether it has been proven alive: what is published from now on is delivered over it.</summary>
    public bool IsConnected => isConnected;

    /// <summary>Why the connection was lost or could not be made; null when it was ended on purpose.</summary>
    public RealtimeClientException? Error => error;

    /// <summary>How long the client waits before it tries again; zero while it is connected.</summary>
    public TimeSpan RetryIn => retryIn;
}
