namespace Realtime.Feeds;

/// <summary>The work of pushing posts to followers, in chunks: bounded, and done by workers of this node or of several.</summary>
/// <remarks>
/// A job that fails or whose worker is killed may be done again, from the same chunk: doing it twice is harmless. A job that is lost is harmless, too: what
/// it would have pushed is pulled.
/// </remarks>
public interface IFanoutDispatcher
{
    /// <summary>Jobs that wait or are being done, as far as this node knows.</summary>
    int Depth { get; }

    /// <summary>Takes a job.</summary>
    /// <returns>False where there is no room, or whoever keeps the jobs can't be reached.</returns>
    bool TryEnqueue(FanoutJob job);

    /// <summary>Does jobs with <paramref name="work"/> until cancelled. Called once.</summary>
    /// <param name="work">Does one chunk of a job; gives the rest of the job, or null when it is done.</param>
    /// <param name="cancellationToken">Ends the work after the chunks that are under way.</param>
    Task RunAsync(Func<FanoutJob, CancellationToken, ValueTask<FanoutJob?>> work, CancellationToken cancellationToken);
}

/// <summary>A post on its way into the mailboxes of followers.</summary>
/// <param name="Post">The post.</param>
/// <param name="Pass">Which followers are next.</param>
/// <param name="After">Where the next chunk begins; 0 for the first one of the pass.</param>
public sealed record FanoutJob(PostRef Post, FanoutPass Pass, long After);

/// <summary>The order in which followers get a post.</summary>
public enum FanoutPass
{
    /// <summary>Those who are connected or read a short while ago.</summary>
    Recent,

    /// <summary>The other active ones.</summary>
    Active,
}
