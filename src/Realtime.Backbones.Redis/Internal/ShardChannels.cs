using System.Globalization;
using StackExchange.Redis;

namespace Realtime.Backbones.Redis.Internal;

/// <summary>The names of the pub/sub channels, one for each shard.</summary>
internal sealed class ShardChannels(string prefix)
{
    private readonly RedisChannel[] _channels = [.. Enumerable.Range(0, ShardInterest.Shards).Select(shard =>
        RedisChannel.Literal(prefix + "shard:" + shard.ToString(CultureInfo.InvariantCulture)))];

    internal RedisChannel this[int shard] => _channels[shard];
}
