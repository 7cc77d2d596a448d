using System.Globalization;

namespace Realtime.Lab.Feeds;

/// <summary>What strategies are compared on.</summary>
public sealed record FeedSettings
{
    /// <summary>The strategies, as <see cref="FeedCase.Parse"/> reads them.</summary>
    public IReadOnlyList<string> Strategies { get; init; } = FeedCase.Defaults;

    /// <summary>A file of recorded actions; null for a generated workload.</summary>
    public string? Input { get; init; }

    /// <summary>The most lines of the file; 0 for all.</summary>
    public int Limit { get; init; }

    /// <summary>Reads for each session of a recorded user beyond the one before acting: 0 to 100.</summary>
    public double ReadsPerSession { get; init; } = 1;

    /// <summary>Users of a generated workload: 10 to a million.</summary>
    public int Users { get; init; } = 2_000;

    /// <summary>Authors that a generated user follows on average: 0 to 1,000.</summary>
    public double Follows { get; init; } = 20;

    /// <summary>Posts of a generated user in the week on average: 0 to 1,000.</summary>
    public double Posts { get; init; } = 5;

    /// <summary>Reads of a generated user in the week on average: 0 to 1,000.</summary>
    public double Reads { get; init; } = 7;

    /// <summary>The same seed gives the same workload.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What is wrong with the settings, as one sentence; null where nothing is.</summary>
    public string? Problem() =>
        Strategies.Count == 0 ? "strategies must name at least one."
        : Outside("limit", Limit, 0, int.MaxValue)
            ?? Outside("reads-per-session", ReadsPerSession, 0, 100)
            ?? Outside("users", Users, 10, 1_000_000)
            ?? Outside("follows", Follows, 0, 1_000)
            ?? Outside("posts", Posts, 0, 1_000)
            ?? Outside("reads", Reads, 0, 1_000);

    internal IReadOnlyDictionary<string, string> Describe()
    {
        var all = new Dictionary<string, string> { ["strategies"] = string.Join(", ", Strategies), ["seed"] = Text(Seed) };
        if (Input is not null)
            (all["input"], all["lines"], all["further reads for each session"]) = (Path.GetFileName(Input), Limit == 0 ? "all" : Text(Limit), Text(ReadsPerSession));
        else
            (all["users"], all["follows"], all["posts"], all["reads"]) = (Text(Users), Text(Follows), Text(Posts), Text(Reads));
        return all;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string? Outside(string name, double value, double least, double most) =>
        value >= least && value <= most ? null : FormattableString.Invariant($"{name} must be {least:N0} to {most:N0}.");
}
