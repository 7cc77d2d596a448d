using System.Globalization;
using System.IO.Compression;

namespace Realtime.Lab.Feeds;

/// <summary>Reads recorded actions of users towards others: lines of <c>user other unixSeconds kind</c>, sorted by time, plain or <c>.gz</c>.</summary>
/// <remarks>
/// Whoever ever acts towards somebody follows that user, from the start, and each action is a post. A user reads at the beginning of each session, just before
/// acting; actions within half an hour of the last are one session. People read more often than they act, so for each session there are further reads, at times of
/// actions of anybody, which keep the hours and bursts of the record.
/// </remarks>
internal static class RecordedActivity
{
    private const long SessionMs = 30 * 60 * 1000;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The most lines that are taken; 0 for all.</param>
    /// <param name="readsPerSession">Further reads for each session on average; 0 or more.</param>
    /// <param name="seed">Chooses their times.</param>
    /// <exception cref="LabException">The file is not there, or is another.</exception>
    public static FeedActivity Read(string path, int limit, double readsPerSession, int seed)
    {
        if (!File.Exists(path))
            throw new LabException($"There is no file {path}.");
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        var edges = new HashSet<FollowEdge>();
        var posts = new List<FeedEvent>();
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(stream);
        while ((limit == 0 || posts.Count < limit) && reader.ReadLine() is { } line)
        {
            if (line.Split(' ') is not [var user, var other, var seconds, ..] || !long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
                throw new LabException($"Line {posts.Count + 1} of {path} is not 'user other unixSeconds kind'.");
            var actor = Number(user);
            if (user != other)
                edges.Add(new FollowEdge(actor, Number(other)));
            posts.Add(new FeedEvent(time * 1_000, actor, false));
        }

        if (posts.Count == 0)
            throw new LabException($"{path} holds no action.");
        List<FeedEvent> all = [.. posts, .. Reads(posts, readsPerSession, new Random(seed))];
        return new FeedActivity(
            FormattableString.Invariant($"{Path.GetFileName(path)}: {posts.Count:N0} actions as posts, a read before each session and {readsPerSession:0.##} more, seed {seed}"),
            numbers.Count,
            [.. edges],
            [.. all.OrderBy(one => one.Time).ThenBy(one => one.User).ThenBy(one => !one.IsRead)]);

        int Number(string user)
        {
            if (!numbers.TryGetValue(user, out var number))
                numbers.Add(user, number = numbers.Count);
            return number;
        }
    }

    private static IEnumerable<FeedEvent> Reads(List<FeedEvent> posts, double more, Random random)
    {
        var last = new Dictionary<int, long>();
        foreach (var post in posts)
        {
            if (!last.TryGetValue(post.User, out var before) || post.Time - before > SessionMs)
            {
                yield return post with { IsRead = true };
                for (var count = (int)(more + random.NextDouble()); count > 0; count--)
                    yield return new FeedEvent(posts[random.Next(posts.Count)].Time, post.User, true);
            }

            last[post.User] = post.Time;
        }
    }
}
