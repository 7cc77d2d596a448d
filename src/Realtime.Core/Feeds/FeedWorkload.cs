namespace Realtime.Feeds;

/// <summary>A feed's workload in numbers.</summary>
public sealed record FeedWorkload
{
    /// <summary>What <see cref="Proxies"/> may be.</summary>
    public static IReadOnlyList<string> ProxyKinds { get; } = ["none", "no-websocket", "buffering"];

    /// <summary>Users who post: 1 to a billion, 10,000 by default.</summary>
    public double Authors { get; init; } = 10_000;

    /// <summary>Users who follow somebody, whether they read or not: 1 to a billion, 100,000 by default.</summary>
    public double Readers { get; init; } = 100_000;

    /// <summary>Followers of an author on average: 0 to a billion, 75 by default.</summary>
    public double FollowersMean { get; init; } = 75;

    /// <summary>Followers of the author who has most: at least <see cref="FollowersMean"/>, to a billion; 20,000 by default.</summary>
    public double FollowersMax { get; init; } = 20_000;

    /// <summary>Posts of an author in a day on average: 0 to a million, 2 by default.</summary>
    public double PostsPerAuthorPerDay { get; init; } = 2;

    /// <summary>Timelines that an active reader opens in a day on average: 0 to a million, 10 by default.</summary>
    public double ReadsPerReaderPerDay { get; init; } = 10;

    /// <summary>The share of readers who read at all: 0 to 1, 0.3 by default. The others cost nothing here: nothing is pushed to them.</summary>
    public double ActiveShare { get; init; } = 0.3;

    /// <summary>How old a post may be before a follower can see it, in seconds: 0.001 to a million, 5 by default.</summary>
    public double FreshnessSeconds { get; init; } = 5;

    /// <summary>Whether readers go back to what they have read; false by default.</summary>
    public bool Replay { get; init; }

    /// <summary>Whether readers decide how fast messages come; false by default.</summary>
    public bool RateControl { get; init; }

    /// <summary>
    /// What stands between clients and the server: <c>none</c> (the default), <c>no-websocket</c> (upgrades fail), <c>buffering</c> (an answer is held
    /// until it is complete).
    /// </summary>
    public string Proxies { get; init; } = "none";

    /// <summary>Whether clients are phones whose battery counts; false by default.</summary>
    public bool Battery { get; init; }

    /// <summary>The field that is out of its bounds, and what it may be; null where all is well.</summary>
    public (string Field, string Allowed)? Problem()
    {
        const double Many = 1e9;
        if (!ProxyKinds.Contains(Proxies))
            return ("proxies", string.Join(", ", ProxyKinds));
        return Outside("authors", Authors, 1, Many)
            ?? Outside("readers", Readers, 1, Many)
            ?? Outside("followersMean", FollowersMean, 0, Readers)
            ?? Outside("followersMax", FollowersMax, FollowersMean, Many)
            ?? Outside("postsPerAuthorPerDay", PostsPerAuthorPerDay, 0, 1e6)
            ?? Outside("readsPerReaderPerDay", ReadsPerReaderPerDay, 0, 1e6)
            ?? Outside("activeShare", ActiveShare, 0, 1)
            ?? Outside("freshnessSeconds", FreshnessSeconds, 0.001, 1e6);
    }

    private static (string Field, string Allowed)? Outside(string field, double value, double least, double most) =>
        value >= least && value <= most ? null : (field, FormattableString.Invariant($"a number from {least:0.###} to {most:0.###}"));
}
