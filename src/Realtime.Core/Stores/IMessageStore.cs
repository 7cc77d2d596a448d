using Realtime.Channels;

namespace Realtime.Stores;

/// <summary>
/// The durable truth about channels: appends batches, assigning contiguous offsets and recognising ids, and reads them back.
/// </summary>
/// <remarks>
/// Safe for concurrent use. A broken backend throws <see cref="RealtimeException"/>; nothing of a batch that threw is visible
/// unless the failure came after the commit, in which case all of it is.
/// </remarks>
public interface IMessageStore : IAsyncDisposable
{
    /// <summary>
    /// Creates or migrates the schema and reads the store's epoch. Called before anything else, and again after a failure that was transient; until it
    /// has succeeded every other call throws a transient <see cref="RealtimeException"/>, where a store can be away at all.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="RealtimeException">Transient when the store can't be reached now; otherwise nothing but another setting will help.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>The state of a channel. A channel that nothing was ever appended to has the store's epoch, first 1 and head 0; asking creates nothing.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<ChannelState> GetStateAsync(ChannelName channel, CancellationToken cancellationToken);

    /// <summary>The states of several channels, in the order asked for, each as <see cref="GetStateAsync"/> gives it. Stores that several nodes share answer in one round trip.</summary>
    /// <param name="channels">1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    async ValueTask<IReadOnlyList<ChannelState>> GetStatesAsync(IReadOnlyList<ChannelName> channels, CancellationToken cancellationToken)
    {
        var states = new ChannelState[channels.Count];
        for (var i = 0; i < states.Length; i++)
            states[i] = await GetStateAsync(channels[i], cancellationToken);
        return states;
    }

    /// <summary>
    /// Appends <paramref name="drafts"/> in their order, all or nothing, and completes when they are durable.
    /// A draft whose id its channel already holds is not appended: its outcome carries the message that was.
    /// </summary>
    /// <remarks>
    /// Ids are recognised for at least the deduplication window, also within one batch, after trimming and after a restart. The channel's
    /// <see cref="RetentionRule.MaxMessages"/> is applied in the same step, so that a channel never holds more.
    /// </remarks>
    /// <param name="drafts">1 or more; times do not decrease within a channel. A store that several nodes share, whose clocks differ, raises a time to the channel's newest.</param>
    /// <param name="cancellationToken">Cancels the wait; an accepted append stays accepted.</param>
    /// <returns>One outcome for each draft, in the same order.</returns>
    ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<MessageDraft> drafts, CancellationToken cancellationToken);

    /// <summary>Reads retained messages with an offset above <paramref name="after"/>, ascending and contiguous.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="after">0 or more; one below the first retained offset starts at the first retained message.</param>
    /// <param name="limit">The most messages; 1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The messages, and the state of the channel at the same instant.</returns>
    ValueTask<MessagePage> ReadAsync(ChannelName channel, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Reads parts of several channels. Stores that several nodes share answer in one round trip.</summary>
    /// <param name="ranges">1 or more.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>For each range, in their order, the retained messages of it, ascending; none where nothing of it is retained.</returns>
    ValueTask<IReadOnlyList<IReadOnlyList<Message>>> ReadAsync(IReadOnlyList<MessageRange> ranges, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a retained message: <see cref="Message.ToDeleted"/> takes its place, durably. Its id stays taken.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="id">The message's id.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>What is in its place now and the channel's state; null where no retained message has the id, or it is deleted already.</returns>
    ValueTask<DeletedMessage?> DeleteAsync(ChannelName channel, string id, CancellationToken cancellationToken);

    /// <summary>The offset of the first retained message whose time is <paramref name="since"/> or later; head + 1 when there is none.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="since">Inclusive.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<long> FindOffsetAsync(ChannelName channel, DateTimeOffset since, CancellationToken cancellationToken);

    /// <summary>
    /// Trims what is older than its channel's <see cref="RetentionRule.MaxAge"/>, and gives back the space of trimmed messages whose id need not be
    /// remembered any longer. Works in small steps between which appends go on.
    /// </summary>
    /// <param name="now">The present time.</param>
    /// <param name="cancellationToken">Cancels the work between two steps.</param>
    /// <returns>The channels whose first offset moved, with their state after it.</returns>
    ValueTask<IReadOnlyList<TrimmedChannel>> TrimAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>What became of one draft.</summary>
/// <param name="Message">The message in the log: the draft's, or the one that had its id before.</param>
/// <param name="IsDuplicate">Whether the id was known, so that nothing was appended.</param>
/// <param name="State">The channel's state after the batch.</param>
public readonly record struct AppendOutcome(Message Message, bool IsDuplicate, ChannelState State);

/// <summary>Consecutive messages of a channel.</summary>
/// <param name="State">The channel's state when they were read.</param>
/// <param name="Messages">Ascending and contiguous; empty when there is nothing after the asked place.</param>
public sealed record MessagePage(ChannelState State, IReadOnlyList<Message> Messages);

/// <summary>A channel whose first retained offset moved.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="State">Its state after trimming.</param>
public readonly record struct TrimmedChannel(ChannelName Channel, ChannelState State);

/// <summary>Consecutive offsets of a channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="First">The first offset; 1 or more.</param>
/// <param name="Last">The last offset, included.</param>
public readonly record struct MessageRange(ChannelName Channel, long First, long Last);

/// <summary>What a deletion left.</summary>
/// <param name="Message">What is in the deleted message's place.</param>
/// <param name="State">The channel's state; a deletion changes nothing of it.</param>
public sealed record DeletedMessage(Message Message, ChannelState State);
