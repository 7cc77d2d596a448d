namespace Realtime.Feeds;

/// <summary>Says how a feed is best made, and over what clients best follow it, with the arithmetic behind it. Safe for concurrent use.</summary>
public interface IAdvisor
{
    /// <summary>Advises on a workload.</summary>
    /// <param name="workload">Valid: see <see cref="FeedWorkload.Problem"/>.</param>
    /// <param name="measureAnew">Whether unit costs are measured again, which takes about a second; otherwise those of the first time are taken.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<FeedAdvice> AdviseAsync(FeedWorkload workload, bool measureAnew, CancellationToken cancellationToken);

    /// <summary>The workload that this node has seen since its start; what it has not seen is as in a new <see cref="FeedWorkload"/>.</summary>
    FeedWorkload Observe();
}

/// <summary>An answer of the advisor.</summary>
/// <param name="Workload">What it is about.</param>
/// <param name="Recommendation">Push, pull or hybrid.</param>
/// <param name="Transport">What clients best follow it over, as transports are called everywhere.</param>
/// <param name="Reasons">Sentences with the numbers that decided.</param>
/// <param name="Push">What pushing everything costs.</param>
/// <param name="Pull">What pulling everything costs.</param>
/// <param name="Hybrid">What pushing up to a budget of unread posts and pulling the rest costs.</param>
/// <param name="Boxes">The questions of the decision, and whether they are answered with yes.</param>
/// <param name="BreakEven">Where push and pull cost the same.</param>
/// <param name="Sensitivity">What would be recommended if a number were another.</param>
/// <param name="Units">The unit costs that were measured.</param>
public sealed record FeedAdvice(
    FeedWorkload Workload,
    FeedStrategy Recommendation,
    string Transport,
    IReadOnlyList<string> Reasons,
    FeedCost Push,
    FeedCost Pull,
    FeedCost Hybrid,
    IReadOnlyDictionary<string, bool> Boxes,
    FeedBreakEven BreakEven,
    IReadOnlyList<FeedSensitivity> Sensitivity,
    UnitCosts Units);

/// <summary>What a strategy costs in a day.</summary>
/// <param name="MailboxWrites">Posts put into mailboxes.</param>
/// <param name="SourceReads">Authors that are looked into.</param>
/// <param name="CpuSeconds">Seconds of one core.</param>
/// <param name="ToOptimum">The cost as a multiple of that of the clairvoyant optimum, which knows every read and post ahead.</param>
/// <param name="FanOutMilliseconds">How long the post of the author with most followers is on its way into mailboxes, at least.</param>
/// <param name="ReadMicroseconds">CPU of one page.</param>
public readonly record struct FeedCost(
    double MailboxWrites, double SourceReads, double CpuSeconds, double ToOptimum, double FanOutMilliseconds, double ReadMicroseconds);

/// <summary>Where push and pull cost the same.</summary>
/// <param name="PostsPerRead">Posts of an author for each read of a follower: above it pull is cheaper, below it push.</param>
/// <param name="PostsPerAuthorPerDay">The posts of an author at which they cost the same, at the reads of this workload.</param>
/// <param name="ReadsPerReaderPerDay">The reads at which they cost the same, at the posts of this workload.</param>
public readonly record struct FeedBreakEven(double PostsPerRead, double PostsPerAuthorPerDay, double ReadsPerReaderPerDay);

/// <summary>What would be recommended if a number were another.</summary>
/// <param name="Change">What is changed.</param>
/// <param name="Recommendation">What is recommended then.</param>
public readonly record struct FeedSensitivity(string Change, FeedStrategy Recommendation);

/// <summary>What single steps cost on this machine, in nanoseconds: finer than a <see cref="TimeSpan"/> is. Above zero.</summary>
/// <param name="MailboxWrite">Putting one post into one mailbox.</param>
/// <param name="SourceRead">Looking into one author's posts, and merging them.</param>
/// <param name="HeadCheck">Looking whether an author has anything newer.</param>
/// <param name="MailboxRead">Reading a page of a mailbox.</param>
/// <param name="Repair">Putting one of several posts that were pulled into the mailbox of their reader, which is at hand.</param>
public readonly record struct UnitCosts(double MailboxWrite, double SourceRead, double HeadCheck, double MailboxRead, double Repair)
{
    /// <summary>The cost of reading a source in writes to a mailbox.</summary>
    public double Rho => SourceRead / MailboxWrite;
}
