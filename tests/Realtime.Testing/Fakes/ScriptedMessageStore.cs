using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Testing.Fakes;

/// <summary>A store in memory whose calls a test counts, holds and fails.</summary>
public sealed class ScriptedMessageStore(MessageStoreOptions options) : IMessageStore
{
    private readonly InMemoryMessageStore _inner = new(options);
    private readonly Lock _gate = new();
    private readonly List<int> _batches = [];
    private int _reads;
    private int _stateReads;

    /// <summary>Awaited before each append; null lets it pass.</summary>
    public Func<Task>? Appending { get; set; }

    /// <summary>Awaited after each append, before it is answered; null lets it pass.</summary>
    public Func<Task>? Appended { get; set; }

    /// <summary>Awaited before each read; null lets it pass.</summary>
    public Func<Task>? Reading { get; set; }

    /// <summary>Awaited before each read of a channel's state; null lets it pass.</summary>
    public Func<Task>? ReadingState { get; set; }

    /// <summary>The sizes of the batches that were appended.</summary>
    public IReadOnlyList<int> Batches
    {
        get
        {
            lock (_gate)
                return [.. _batches];
        }
    }

    /// <summary>How many pages were read.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>How often states of channels were read, however many at once.</summary>
    public int StateReads => Volatile.Read(ref _stateReads);

    public ValueTask OpenAsync(CancellationToken cancellationToken) => _inner.OpenAsync(cancellationToken);

    public async ValueTask<ChannelState> GetStateAsync(ChannelName channel, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _stateReads);
        if (ReadingState is { } reading)
            await reading();
        return await _inner.GetStateAsync(channel, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<ChannelState>> GetStatesAsync(IReadOnlyList<ChannelName> channels, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _stateReads);
        if (ReadingState is { } reading)
            await reading();
        return await ((IMessageStore)_inner).GetStatesAsync(channels, cancellationToken);
    }

    public async ValueTask<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<MessageDraft> drafts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        if (Appending is { } appending)
            await appending();
        var outcomes = await _inner.AppendAsync(drafts, cancellationToken);
        lock (_gate)
            _batches.Add(drafts.Count);
        if (Appended is { } appended)
            await appended();
        return outcomes;
    }

    public async ValueTask<MessagePage> ReadAsync(ChannelName channel, long after, int limit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        if (Reading is { } reading)
            await reading();
        return await _inner.ReadAsync(channel, after, limit, cancellationToken);
    }

    public ValueTask<IReadOnlyList<IReadOnlyList<Message>>> ReadAsync(IReadOnlyList<MessageRange> ranges, CancellationToken cancellationToken) =>
        _inner.ReadAsync(ranges, cancellationToken);

    public ValueTask<DeletedMessage?> DeleteAsync(ChannelName channel, string id, CancellationToken cancellationToken) =>
        _inner.DeleteAsync(channel, id, cancellationToken);

    public ValueTask<long> FindOffsetAsync(ChannelName channel, DateTimeOffset since, CancellationToken cancellationToken) =>
        _inner.FindOffsetAsync(channel, since, cancellationToken);

    public ValueTask<IReadOnlyList<TrimmedChannel>> TrimAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        _inner.TrimAsync(now, cancellationToken);

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
