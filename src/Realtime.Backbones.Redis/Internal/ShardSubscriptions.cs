using StackExchange.Redis;

namespace Realtime.Backbones.Redis.Internal;

/// <summary>The pub/sub channels that this node is subscribed to: those of the shards that it wants, and of those that it wanted a moment ago. Not safe for concurrent use.</summary>
internal sealed class ShardSubscriptions(ISubscriber subscriber, ShardChannels channels, ShardInterest interest, Action<ReadOnlyMemory<byte>> received, TimeProvider time)
{
    /// <summary>How long a shard stays subscribed that nobody wants: readers who come back soon cost nothing.</summary>
    internal static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);

    private readonly bool[] _subscribed = new bool[ShardInterest.Shards];
    private readonly long[] _lastWanted = new long[ShardInterest.Shards];

    private bool _anythingNew;

    /// <summary>Whether anything was subscribed to since this was last asked.</summary>
    internal bool TakeNews()
    {
        var news = _anythingNew;
        _anythingNew = false;
        return news;
    }

    /// <summary>Subscribes to what has become wanted and unsubscribes from what has long not been.</summary>
    internal async Task UpdateAsync(CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        var changes = new List<Task>();
        for (var shard = 0; shard < _subscribed.Length; shard++)
        {
            if (interest.IsWanted(shard))
            {
                _lastWanted[shard] = now;
                if (_subscribed[shard])
                    continue;
                _anythingNew = true;
                changes.Add(SubscribeAsync(shard));
            }
            else if (_subscribed[shard] && time.GetElapsedTime(_lastWanted[shard], now) >= Linger)
            {
                changes.Add(UnsubscribeAsync(shard));
            }
        }

        await Task.WhenAll(changes).WaitAsync(cancellationToken);
    }

    /// <summary>
    /// Subscribes again to everything after a connection was lost, and returns when Redis has answered: the driver does the same by itself, but does
    /// not tell from when on frames come.
    /// </summary>
    internal async Task RenewAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, _subscribed.Length).Where(shard => _subscribed[shard]).Select(UnsubscribeAsync)).WaitAsync(cancellationToken);
        await UpdateAsync(cancellationToken);
    }

    private async Task SubscribeAsync(int shard)
    {
        try
        {
            // Not by a plain handler, which the driver calls in any order.
            var queue = await subscriber.SubscribeAsync(channels[shard]);
            // Never waits: the driver's own queue has no bound.
            queue.OnMessage(message => received((byte[]?)message.Message));
            _subscribed[shard] = true;
        }
        catch (Exception e) when (RedisAddress.IsFailure(e))
        {
            // The driver would subscribe all the same once it can, and fill a queue that nobody empties.
            await ForgetAsync(shard);
            throw;
        }
    }

    private async Task UnsubscribeAsync(int shard)
    {
        _subscribed[shard] = false;
        await subscriber.UnsubscribeAsync(channels[shard]);
    }

    private async Task ForgetAsync(int shard)
    {
        try
        {
            await UnsubscribeAsync(shard);
        }
        catch (Exception e) when (RedisAddress.IsFailure(e))
        {
            // Redis could not be told; the driver has forgotten it, and that is what counts.
        }
    }
}
