namespace Realtime.Feeds;

/// <summary>When a timeline is put together: when a post is written, or when it is read.</summary>
public enum FeedStrategy
{
    /// <summary>Push, until a follower has a few unread posts of an author; the rest is pulled at the next read. Decided for each follower and author.</summary>
    Auto,

    /// <summary>Fan-out on write: a reference to the post goes into the mailbox of every active follower.</summary>
    Push,

    /// <summary>Fan-in on read: the followed authors' newest posts are merged.</summary>
    Pull,

    /// <summary>Push for authors with few followers, pull for those with very many, merged when read.</summary>
    Hybrid,
}

/// <summary>The strategies as settings, URLs, answers and metrics write them.</summary>
public static class FeedStrategies
{
    /// <summary>All of them, in the order of the protocol.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "push", "pull", "hybrid"];

    /// <summary>The strategy's name.</summary>
    public static string NameOf(FeedStrategy strategy) => Names[(int)strategy];

    /// <summary>Reads a name.</summary>
    /// <returns>False for anything but one of <see cref="Names"/>.</returns>
    public static bool TryParse(string? name, out FeedStrategy strategy)
    {
        for (var i = 0; i < Names.Count; i++)
        {
            if (Names[i] != name)
                continue;
            strategy = (FeedStrategy)i;
            return true;
        }

        strategy = default;
        return false;
    }
}
