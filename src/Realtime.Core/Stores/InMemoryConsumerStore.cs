using Realtime.Channels;

namespace Realtime.Stores;

/// <summary>Consumers that are lost with the process, as its messages are.</summary>
public sealed class InMemoryConsumerStore : IConsumerStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ConsumerKey, Entry> _consumers = [];
    private readonly Dictionary<ChannelName, int> _shared = [];

    /// <inheritdoc/>
    public ValueTask<bool> CommitAsync(ConsumerKey consumer, Position position, DateTimeOffset time, int maxPerChannel, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (consumer.Owner.Length == 0 && !_consumers.ContainsKey(consumer))
            {
                var count = _shared.GetValueOrDefault(consumer.Channel);
                if (count >= maxPerChannel)
                    return new(false);
                _shared[consumer.Channel] = count + 1;
            }

            _consumers[consumer] = new Entry(position, time);
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Position?> FindAsync(ConsumerKey consumer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
            return new(_consumers.TryGetValue(consumer, out var entry) ? entry.Position : null);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(ConsumerKey consumer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (!_consumers.Remove(consumer))
                return new(false);
            if (consumer.Owner.Length == 0)
                _shared[consumer.Channel]--;
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask WroteAsync(IReadOnlyList<ChannelWriter> writers, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writers);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            foreach (var (user, channel) in writers)
                _consumers.TryAdd(ConsumerKey.Of(channel, ConsumerKey.ReadMarker, user), new Entry(null, time));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MarkedChannel>> ListAsync(string user, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return new([.. _consumers.Where(pair => pair.Key.Owner == user)
                .OrderByDescending(pair => pair.Value.Time).ThenBy(pair => pair.Key.Channel.Value, StringComparer.Ordinal)
                .Take(limit).Select(pair => new MarkedChannel(pair.Key.Channel, pair.Value.Position))]);
        }
    }

    private readonly record struct Entry(Position? Position, DateTimeOffset Time);
}
