using Realtime.Channels;

namespace Realtime.WebPush.Notifying;

/// <summary>Tells how far users have read.</summary>
public interface IReadMarkers
{
    /// <summary>The offset up to which the user has read the channel; 0 where the user never said.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="user">Who.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="RealtimeException">The store can't be reached.</exception>
    ValueTask<long> ReadUpToAsync(ChannelName channel, string user, CancellationToken cancellationToken);
}
