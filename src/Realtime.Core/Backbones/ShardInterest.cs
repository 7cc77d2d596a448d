using Realtime.Channels;
using Realtime.Sessions;

namespace Realtime.Backbones;

/// <summary>
/// Which shards a node wants from its backbone: those of the channels that it has in memory. Counting is all that a subscribe costs; the backbone
/// looks at the result in the background.
/// </summary>
public sealed class ShardInterest
{
    /// <summary>
    /// How many shards channels are spread over. The same in every node, for it decides where a frame goes: enough that a node with few channels is
    /// spared most of the traffic, few enough that a node which wants all of them binds its queue in a moment.
    /// </summary>
    public const int ChannelShards = 64;

    /// <summary>The shard that every node wants always: what nodes say about themselves.</summary>
    public const int NodeShard = ChannelShards;

    /// <summary>The number of all shards.</summary>
    public const int Shards = ChannelShards + 1;

    private readonly int[] _counts = new int[Shards];
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Creates the interest of a node without channels.</summary>
    public ShardInterest() => _counts[NodeShard] = 1;

    /// <summary>The shard of a channel.</summary>
    public static int ShardOf(ChannelName channel) => ShardOf(ChannelKey.Of(channel));

    /// <summary>Completes at the next time when a shard becomes wanted. Asked for before looking at <see cref="IsWanted"/>, it misses nothing.</summary>
    public Task NextChange => Volatile.Read(ref _changed).Task;

    /// <summary>Whether the node has a channel of the shard.</summary>
    public bool IsWanted(int shard) => Volatile.Read(ref _counts[shard]) > 0;

    /// <summary>The shard of the channel with the given <see cref="ChannelKey"/>.</summary>
    internal static int ShardOf(ulong channelKey) => (int)(channelKey % ChannelShards);

    internal void Add(int shard)
    {
        if (Interlocked.Increment(ref _counts[shard]) == 1)
            Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
    }

    internal void Remove(int shard) => Interlocked.Decrement(ref _counts[shard]);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
