using Realtime.Backbones;
using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>Gathers what one round has to say to the other nodes into few frames. Belongs to the round.</summary>
/// <param name="send">Hands a frame for a shard on; it may be lost.</param>
internal sealed class PresenceOutbox(Action<int, FrameWriter> send)
{
    /// <summary>Full frames of one round. The queue to the broker is for messages first, and has room for some hundreds.</summary>
    private const int MaxFullFrames = 16;

    private readonly FrameWriter?[] _frames = new FrameWriter?[ShardInterest.Shards];
    private readonly List<int> _used = [];
    private int _full;

    /// <summary>The frame for a channel's shard.</summary>
    internal FrameWriter For(ChannelName channel) => For(ShardInterest.ShardOf(channel));

    /// <summary>The frame that every node gets.</summary>
    internal FrameWriter ForAll => For(ShardInterest.NodeShard);

    /// <summary>Whether what is left has to wait for the next round.</summary>
    internal bool IsFull => _full >= MaxFullFrames;

    /// <summary>Hands over what was gathered. What there is no room for is lost; renewals tell the others that they lack it.</summary>
    internal void Flush()
    {
        foreach (var shard in _used)
        {
            if (_frames[shard] is { BodyLength: > 0 } frame)
                send(shard, frame);
            _frames[shard] = null;
        }

        _used.Clear();
        _full = 0;
    }

    private FrameWriter For(int shard)
    {
        ref var frame = ref _frames[shard];
        if (frame is { BodyLength: >= PresenceFrame.MaxBodyBytes })
        {
            send(shard, frame);
            frame = new FrameWriter();
            _full++;
        }
        else if (frame is null)
        {
            frame = new FrameWriter();
            _used.Add(shard);
        }

        return frame;
    }
}
