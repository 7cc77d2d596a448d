namespace Realtime.Backbones;

/// <summary>What happens to a frame for a node whose queue is full.</summary>
public enum InProcessOverflow
{
    /// <summary>The oldest frame of that queue is dropped, and the node told that it may have missed some.</summary>
    DropOldest,

    /// <summary>The sender is told <see cref="BackboneSend.Refused"/>; nodes with room get the frame all the same.</summary>
    Refuse,
}

/// <summary>Connects the <see cref="InProcessBackbone"/>s of one process, for tests and demonstrations of several nodes. Safe for concurrent use.</summary>
public sealed class InProcessExchange
{
    private readonly Lock _gate = new();
    private InProcessBackbone[] _members = [];

    /// <summary>Creates an exchange without nodes.</summary>
    /// <param name="overflow">What happens to a frame for a node whose queue is full.</param>
    public InProcessExchange(InProcessOverflow overflow = InProcessOverflow.DropOldest) => Overflow = overflow;

    internal InProcessOverflow Overflow { get; }

    internal void Join(InProcessBackbone member)
    {
        lock (_gate)
            _members = [.. _members, member];
    }

    internal void Leave(InProcessBackbone member)
    {
        lock (_gate)
            _members = [.. _members.Where(other => other != member)];
    }

    internal BackboneSend Send(InProcessBackbone sender, int shard, ReadOnlyMemory<byte> frame)
    {
        // The sender may use its buffer again when the call completes; the receivers share one copy.
        ReadOnlyMemory<byte>? copy = null;
        List<InProcessBackbone>? full = null;
        // Queued under the gate, so that the frames of all senders arrive everywhere in one order.
        lock (_gate)
        {
            foreach (var member in _members)
            {
                if (member == sender || !member.Wants(shard))
                    continue;
                copy ??= frame.ToArray();
                if (!member.Offer(copy.Value))
                    (full ??= []).Add(member);
            }
        }

        full?.ForEach(member => member.MayHaveMissed());
        return full is not null && Overflow == InProcessOverflow.Refuse ? BackboneSend.Refused : BackboneSend.Sent;
    }
}
