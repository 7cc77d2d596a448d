using Realtime.Backbones;

namespace Realtime.Feeds.Sources;

/// <summary>Whom users follow, for their timelines.</summary>
/// <remarks>On one node lists are kept in memory. Where nodes share the graph, it is asked every time.</remarks>
internal sealed class FollowLists(IFollowGraph graph, FrameSender sender, FeedOptions options) : IDisposable
{
    private readonly ReadCache<string, IReadOnlyList<string>> _lists = new(options.MaxFollowEntries);

    internal async ValueTask<IReadOnlyList<string>> GetAsync(string user, CancellationToken cancellationToken)
    {
        if (sender.IsActive)
            return await graph.GetAllFollowsAsync(user, cancellationToken);
        if (_lists.Find(user) is { } known)
            return known;
        var version = _lists.Version;
        var follows = await graph.GetAllFollowsAsync(user, cancellationToken);
        _lists.Keep(user, follows, follows.Count + 1, version);
        return follows;
    }

    /// <summary>To be called when a user follows others than before, before the user is answered.</summary>
    internal void Changed(string user) => _lists.Forget(user);

    public void Dispose() => _lists.Dispose();
}
