using System.Collections.Concurrent;

namespace Realtime.Feeds.Fanout;

/// <summary>On which side of the threshold authors are: those with very many followers are pulled, the others pushed.</summary>
/// <remarks>
/// Crossing needs no switch anywhere: a mailbox says what it holds, and reads pull the rest. Counts are looked up again after a while, so that a busy author
/// costs no query for each post.
/// </remarks>
internal sealed class AuthorSides(IFollowGraph graph, FeedOptions options, TimeProvider time)
{
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(5);

    /// <summary>About 100 bytes each; one more, and all are learned anew.</summary>
    private const int MaxAuthors = 100_000;

    private readonly ConcurrentDictionary<string, Side> _sides = new(StringComparer.Ordinal);

    /// <summary>The number of an author's followers, and whether the author is pulled.</summary>
    internal async ValueTask<(long Followers, bool IsPulled)> OfAsync(string author, CancellationToken cancellationToken)
    {
        var side = (await SidesAsync([author], cancellationToken))[0];
        return (side.Followers, side.IsPulled);
    }

    /// <summary>Those of the authors who are pulled.</summary>
    internal async ValueTask<HashSet<string>> PulledAsync(IReadOnlyList<string> authors, CancellationToken cancellationToken)
    {
        var sides = await SidesAsync(authors, cancellationToken);
        return [.. authors.Where((_, i) => sides[i].IsPulled)];
    }

    private async ValueTask<Side[]> SidesAsync(IReadOnlyList<string> authors, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        var sides = new Side[authors.Count];
        var unknown = new List<int>();
        for (var i = 0; i < sides.Length; i++)
        {
            if (!_sides.TryGetValue(authors[i], out sides[i]) || time.GetElapsedTime(sides[i].Known, now) > KnownFor)
                unknown.Add(i);
        }

        if (unknown.Count == 0)
            return sides;
        var counts = await graph.CountFollowersAsync(unknown.ConvertAll(i => authors[i]), cancellationToken);
        if (_sides.Count + unknown.Count > MaxAuthors)
            _sides.Clear();
        for (var n = 0; n < unknown.Count; n++)
        {
            var i = unknown[n];
            // An author at the threshold would otherwise change sides with every follower.
            var threshold = sides[i].IsPulled ? options.FollowerThreshold / 5 * 4 : options.FollowerThreshold;
            _sides[authors[i]] = sides[i] = new Side(counts[n], counts[n] >= threshold, now);
        }

        return sides;
    }

    private readonly record struct Side(long Followers, bool IsPulled, long Known);
}
