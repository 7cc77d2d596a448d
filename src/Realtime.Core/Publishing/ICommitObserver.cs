using Realtime.Channels;

namespace Realtime.Publishing;

/// <summary>Hears of what this node has committed. All that are registered are called, one after another, by the publisher.</summary>
public interface ICommitObserver
{
    /// <summary>Called after a commit, when this node's readers have it and before its publishers are answered. Neither throws nor waits.</summary>
    /// <param name="commit">The new messages, each channel once; it may be empty.</param>
    void Committed(IReadOnlyList<ChannelBatch> commit);
}

/// <summary>The new messages of one channel in one commit.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="State">Its state after the commit.</param>
/// <param name="Messages">1 or more, contiguous.</param>
public readonly record struct ChannelBatch(ChannelName Channel, ChannelState State, IReadOnlyList<Message> Messages);
