using System.Collections.Concurrent;
using Realtime.Backbones;
using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>Runs the rounds of a node's presence and speaks with the other nodes.</summary>
/// <param name="registry">The node's presence.</param>
/// <param name="self">The number by which the node's frames are known.</param>
/// <param name="send">Hands a frame for a shard on; it may be lost.</param>
internal sealed class PresenceExchange(PresenceRegistry registry, Guid self, Action<int, FrameWriter> send)
{
    /// <summary>Channels asked about of which this node holds nothing, and has not said so yet; more are asked about again.</summary>
    private const int MaxEmptyAnswers = 10_000;

    private readonly ConcurrentDictionary<ChannelName, byte> _emptyAnswers = new();
    private readonly PresenceOutbox _outbox = new(send);
    private readonly PresenceRound _round = new();

    /// <summary>Does what is due now. Called by one thread at a time.</summary>
    internal void Run()
    {
        foreach (var (channel, _) in _emptyAnswers)
        {
            _emptyAnswers.TryRemove(channel, out _);
            PresenceFrame.WriteSnapshot(_outbox.For(channel), channel, registry.LastVersion, 0, isLast: true, []);
        }

        registry.Run(_round, registry.ConnectsNodes ? _outbox : null);
        _outbox.Flush();
    }

    /// <summary>Takes in what another node says.</summary>
    /// <exception cref="FormatException">The body is no presence frame; the parts before are taken.</exception>
    internal void Take(Guid sender, FrameReader body)
    {
        while (!body.IsAtEnd)
        {
            var head = PresenceFrame.Read(ref body);
            if (head.Part == PresencePart.Request && head.Target != Guid.Empty && head.Target != self)
                continue;
            if (!registry.TryTake(sender, head) && head.Part == PresencePart.Request && _emptyAnswers.Count < MaxEmptyAnswers)
                _emptyAnswers.TryAdd(head.Channel, 0);
        }
    }
}
