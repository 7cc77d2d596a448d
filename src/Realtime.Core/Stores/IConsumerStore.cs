using Realtime.Channels;

namespace Realtime.Stores;

/// <summary>Keeps how far consumers have read. Safe for concurrent use; what was answered is durable. A broken backend throws <see cref="RealtimeException"/>.</summary>
public interface IConsumerStore
{
    /// <summary>Commits a place.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="position">Up to which message it has read.</param>
    /// <param name="time">Now.</param>
    /// <param name="maxPerChannel">The most shared consumers of a channel.</param>
    /// <param name="cancellationToken">Cancels the wait; what was begun is done all the same.</param>
    /// <returns>False, and nothing is done, where the channel has as many as it may.</returns>
    ValueTask<bool> CommitAsync(ConsumerKey consumer, Position position, DateTimeOffset time, int maxPerChannel, CancellationToken cancellationToken);

    /// <summary>The place that was committed last; null for never.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<Position?> FindAsync(ConsumerKey consumer, CancellationToken cancellationToken);

    /// <summary>Forgets a consumer.</summary>
    /// <returns>False where there is none.</returns>
    ValueTask<bool> RemoveAsync(ConsumerKey consumer, CancellationToken cancellationToken);

    /// <summary>Notes who wrote in which channel.</summary>
    /// <param name="writers">1 or more, each once.</param>
    /// <param name="time">Now.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask WroteAsync(IReadOnlyList<ChannelWriter> writers, DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>The channels that a user has marked or written in, those that were first noted or last marked most recently first.</summary>
    /// <param name="user">The user.</param>
    /// <param name="limit">The most channels; 1 or more.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<IReadOnlyList<MarkedChannel>> ListAsync(string user, int limit, CancellationToken cancellationToken);
}

/// <summary>Names a consumer: a reader of a channel that keeps its place at the server.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Name">1–64 characters of the alphabet of ids.</param>
/// <param name="Owner">Whose it is, for <see cref="ReadMarker"/>; empty for a consumer that all share who may read the channel.</param>
public readonly record struct ConsumerKey(ChannelName Channel, string Name, string Owner)
{
    /// <summary>The name of a person's read marker: everybody has one of that name in each channel.</summary>
    public const string ReadMarker = "me";

    /// <summary>The consumer that a user means by a name.</summary>
    public static ConsumerKey Of(ChannelName channel, string name, string user) => new(channel, name, name == ReadMarker ? user : "");
}

/// <summary>A user who wrote in a channel.</summary>
/// <param name="User">The user.</param>
/// <param name="Channel">The channel.</param>
public readonly record struct ChannelWriter(string User, ChannelName Channel);

/// <summary>A channel that a user has marked or written in.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Marker">Up to where the user has read; null where the user never said.</param>
public readonly record struct MarkedChannel(ChannelName Channel, Position? Marker);
