namespace Realtime.Lab.Feeds;

/// <summary>A follow graph and activity with heavy tails, the same for the same seed.</summary>
internal static class GeneratedActivity
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Generates a week.</summary>
    /// <remarks>
    /// Authors are followed by rank: the one of rank k with a weight of 1 ÷ k. Posts and reads of a user are spread over the week at even odds, their numbers over
    /// the users by log-normal distributions (σ = 1.5).
    /// </remarks>
    /// <param name="users">Users; 10 or more.</param>
    /// <param name="follows">Authors that a user follows, on average.</param>
    /// <param name="posts">Posts of a user, on average.</param>
    /// <param name="reads">Reads of a user, on average.</param>
    /// <param name="seed">The seed.</param>
    public static FeedActivity Create(int users, double follows, double posts, double reads, int seed)
    {
        var random = new Random(seed);
        var ranks = new double[users];
        for (var k = 0; k < users; k++)
            ranks[k] = (k == 0 ? 0 : ranks[k - 1]) + 1.0 / (k + 1);
        var edges = new HashSet<FollowEdge>();
        var events = new List<FeedEvent>();
        for (var user = 0; user < users; user++)
        {
            for (var count = Count(random, follows); count > 0; count--)
            {
                var found = Array.BinarySearch(ranks, random.NextDouble() * ranks[^1]);
                var author = Math.Min(users - 1, found < 0 ? ~found : found);
                if (author != user)
                    edges.Add(new FollowEdge(user, author));
            }

            Add(user, Count(random, posts), isRead: false);
            Add(user, Count(random, reads), isRead: true);
        }

        return new FeedActivity(
            FormattableString.Invariant($"generated: {users:N0} users, {follows:0.#} follows, {posts:0.#} posts and {reads:0.#} reads of each in a week, seed {seed}"),
            users,
            [.. edges],
            [.. events.OrderBy(one => one.Time).ThenBy(one => one.User).ThenBy(one => !one.IsRead)]);

        void Add(int user, int count, bool isRead)
        {
            for (; count > 0; count--)
                events.Add(new FeedEvent(Start.ToUnixTimeMilliseconds() + random.NextInt64((long)TimeSpan.FromDays(7).TotalMilliseconds), user, isRead));
        }
    }

    /// <summary>Log-normal with this mean and σ = 1.5, rounded at even odds.</summary>
    private static int Count(Random random, double mean)
    {
        const double Sigma = 1.5;
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return (int)(Math.Min(1e5, mean * Math.Exp(Sigma * normal - Sigma * Sigma / 2)) + random.NextDouble());
    }
}
