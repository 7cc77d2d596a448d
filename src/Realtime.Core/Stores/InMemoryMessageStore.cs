using Realtime.Channels;

namespace Realtime.Stores;

/// <summary>
/// A message store without a disk: the same rules and bounds as a durable one, but all is lost with the process, so every instance has an
/// epoch of its own. For tests, for comparison, and for messages that may be lost.
/// </summary>
public sealed class InMemoryMessageStore : IMessageStore
{
    /// <summary>How many messages a step of trimming drops before it lets appends in.</summary>
    private const int TrimStep = 500;

    private readonly Lock _lock = new();
    private readonly Dictionary<ChannelName, MemoryChannel> _channels = [];
    private readonly MessageStoreOptions _options;
    private readonly Epoch _epoch = Epoch.Create();
    private volatile bool _disposed;

    /// <summary>Creates an empty store.</summary>
    /// <param name="options">Retention and the deduplication window; read while the store is used, so not to be changed.</param>
    public InMemoryMessageStore(MessageStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<ChannelState> GetStateAsync(ChannelName channel, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (Enter())
            return new(StateOf(channel));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<MessageDraft> drafts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        ArgumentOutOfRangeException.ThrowIfZero(drafts.Count);
        cancellationToken.ThrowIfCancellationRequested();

        var outcomes = new AppendOutcome[drafts.Count];
        lock (Enter())
        {
            for (var i = 0; i < outcomes.Length; i++)
            {
                var message = Channel(drafts[i].Channel).Append(drafts[i], out var isDuplicate);
                outcomes[i] = new AppendOutcome(message, isDuplicate, default);
            }

            // The state is the one after the whole batch, which may go on in the same channel.
            for (var i = 0; i < outcomes.Length; i++)
                outcomes[i] = outcomes[i] with { State = StateOf(drafts[i].Channel) };
        }

        return new(outcomes);
    }

    /// <inheritdoc/>
    public ValueTask<MessagePage> ReadAsync(ChannelName channel, long after, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Enter())
        {
            return new(_channels.TryGetValue(channel, out var log)
                ? new MessagePage(log.State, log.Read(after, limit))
                : new MessagePage(StateOf(channel), []));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IReadOnlyList<Message>>> ReadAsync(IReadOnlyList<MessageRange> ranges, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        cancellationToken.ThrowIfCancellationRequested();
        var found = new IReadOnlyList<Message>[ranges.Count];
        lock (Enter())
        {
            for (var i = 0; i < found.Length; i++)
                found[i] = _channels.TryGetValue(ranges[i].Channel, out var log) ? log.Between(ranges[i].First, ranges[i].Last) : [];
        }

        return new(found);
    }

    /// <inheritdoc/>
    public ValueTask<DeletedMessage?> DeleteAsync(ChannelName channel, string id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        cancellationToken.ThrowIfCancellationRequested();
        lock (Enter())
        {
            return new(_channels.TryGetValue(channel, out var log) && log.Delete(id) is { } deleted
                ? new DeletedMessage(deleted, log.State)
                : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long> FindOffsetAsync(ChannelName channel, DateTimeOffset since, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (Enter())
            return new(_channels.TryGetValue(channel, out var log) ? log.Find(since) : 1);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TrimmedChannel>> TrimAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        MemoryChannel[] channels;
        lock (Enter())
            channels = [.. _channels.Values];

        var trimmed = new List<TrimmedChannel>();
        foreach (var channel in channels)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (Enter())
            {
                if (channel.TrimOlderThan(CutOff(now, channel.Rule.MaxAge)))
                    trimmed.Add(new TrimmedChannel(channel.Name, channel.State));
            }

            Forget(channel, CutOff(now, _options.DeduplicationWindow), cancellationToken);
        }

        return new(trimmed);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return ValueTask.CompletedTask;
    }

    private void Forget(MemoryChannel channel, DateTimeOffset before, CancellationToken cancellationToken)
    {
        int dropped;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (Enter())
                dropped = channel.Forget(before, TrimStep);
        }
        while (dropped == TrimStep);
    }

    /// <summary>The time before which messages are older than <paramref name="age"/>; an age without end is longer than time itself.</summary>
    private static DateTimeOffset CutOff(DateTimeOffset now, TimeSpan age) =>
        age < now - DateTimeOffset.MinValue ? now - age : DateTimeOffset.MinValue;

    private Lock Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _lock;
    }

    private MemoryChannel Channel(ChannelName name)
    {
        if (!_channels.TryGetValue(name, out var channel))
            _channels.Add(name, channel = new MemoryChannel(name, _epoch, _options.Retention.For(name)));
        return channel;
    }

    private ChannelState StateOf(ChannelName name) =>
        _channels.TryGetValue(name, out var channel) ? channel.State : new ChannelState(_epoch, 1, 0);
}
