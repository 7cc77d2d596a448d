using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Publishing;

/// <summary>Hears of what this node changes in logs. All that are registered are called, one after another. None of the calls throws or waits.</summary>
public interface ILogObserver
{
    /// <summary>Called after a commit, when this node's readers have it and before its publishers are answered.</summary>
    /// <param name="commit">The new messages, each channel once; it may be empty.</param>
    void Committed(IReadOnlyList<ChannelBatch> commit);

    /// <summary>Called when a message is deleted, before whoever asked for it is answered; also for what other nodes delete, some time after it.</summary>
    /// <param name="message">What is in its place now.</param>
    void Deleted(Message message)
    {
    }

    /// <summary>Called when messages were trimmed by age.</summary>
    /// <param name="channel">The channel, and its state after it.</param>
    void Trimmed(TrimmedChannel channel)
    {
    }
}

/// <summary>The new messages of one channel in one commit.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="State">Its state after the commit.</param>
/// <param name="Messages">1 or more, contiguous.</param>
public readonly record struct ChannelBatch(ChannelName Channel, ChannelState State, IReadOnlyList<Message> Messages);
