using System.Globalization;
using Realtime.Feeds;

namespace Realtime.Lab.Feeds;

/// <summary>A strategy that is run.</summary>
/// <param name="Name">As options and results write it: <c>push</c>, <c>pull</c>, <c>auto</c>, <c>hybrid-1000</c> with the follower threshold.</param>
/// <param name="Strategy">The strategy.</param>
/// <param name="Threshold">Followers from which an author is pulled; null for the setting's own.</param>
public sealed record FeedCase(string Name, FeedStrategy Strategy, int? Threshold)
{
    /// <summary>What is run unless told otherwise.</summary>
    public static IReadOnlyList<string> Defaults { get; } = ["push", "pull", "hybrid-10", "hybrid-100", "hybrid-1000", "hybrid-10000", "auto"];

    /// <summary>Reads a name.</summary>
    /// <exception cref="LabException">There is no such strategy.</exception>
    public static FeedCase Parse(string name)
    {
        var parts = name.Split('-');
        if (parts.Length <= 2 && FeedStrategies.TryParse(parts[0], out var strategy))
        {
            if (parts.Length == 1 && strategy != FeedStrategy.Hybrid)
                return new FeedCase(name, strategy, null);
            if (strategy == FeedStrategy.Hybrid && parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var threshold) && threshold > 0)
                return new FeedCase(name, strategy, threshold);
        }

        throw new LabException($"There is no strategy called \"{name}\"; there are push, pull, auto and hybrid with a follower threshold, such as hybrid-1000.");
    }

    internal FeedOptions Options() => Threshold is { } threshold
        ? new FeedOptions { Strategy = Strategy, FollowerThreshold = threshold }
        : new FeedOptions { Strategy = Strategy };
}
