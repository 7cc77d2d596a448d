using Realtime.Channels;
using Realtime.Stores;
using Realtime.WebPush.Notifying;

namespace Realtime.Server.Push;

/// <summary>Read markers are the consumers of that name.</summary>
internal sealed class ConsumerReadMarkers(IConsumerStore consumers) : IReadMarkers
{
    public async ValueTask<long> ReadUpToAsync(ChannelName channel, string user, CancellationToken cancellationToken) =>
        (await consumers.FindAsync(ConsumerKey.Of(channel, ConsumerKey.ReadMarker, user), cancellationToken))?.Offset ?? 0;
}
