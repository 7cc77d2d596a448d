using System.ComponentModel.DataAnnotations;

namespace Realtime.Feeds;

/// <summary>How timelines are made (<c>Realtime:Feeds</c>). Read once, at start.</summary>
public sealed class FeedOptions
{
    /// <summary>What decides whether posts are pushed or pulled; <see cref="FeedStrategy.Auto"/> by default.</summary>
    public FeedStrategy Strategy { get; set; } = FeedStrategy.Auto;

    /// <summary>
    /// The number of followers from which an author's posts are pulled, under <see cref="FeedStrategy.Hybrid"/> and <see cref="FeedStrategy.Auto"/>; 1 or more,
    /// 10,000 by default. An author is pushed again below four fifths of it, so that one at the threshold does not change sides all the time.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int FollowerThreshold { get; set; } = 10_000;

    /// <summary>The most posts in a mailbox; older ones are pulled. 50–10,000, 800 by default.</summary>
    [Range(50, 10_000)]
    public int MailboxSize { get; set; } = 800;

    /// <summary>How long after the last read posts are no longer pushed to a user; a minute or more, 14 days by default.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00", ConvertValueInInvariantCulture = true, ParseLimitsInInvariantCulture = true)]
    public TimeSpan InactiveAfter { get; set; } = TimeSpan.FromDays(14);

    /// <summary>
    /// The most posts of one author that are pushed to a follower who does not read, under <see cref="FeedStrategy.Auto"/>; 1–1,000, 1 by default: the cost of
    /// reading a source and keeping what was read, in writes to a mailbox, rounded down, as measured with mailboxes in memory.
    /// </summary>
    [Range(1, 1_000)]
    public int UnreadBudget { get; set; } = 1;

    /// <summary>
    /// Who follows so few authors that have posts has no mailbox, under <see cref="FeedStrategy.Hybrid"/> and <see cref="FeedStrategy.Auto"/>: looking into all of
    /// them costs little more than a page of a mailbox, and nothing is written. The reader counts as one of them. 0–10,000, 16 by default; 0 gives everybody one.
    /// </summary>
    [Range(0, 10_000)]
    public int FewFollows { get; set; } = 16;

    /// <summary>The most authors that a user may follow; 1–100,000, 5,000 by default.</summary>
    [Range(1, 100_000)]
    public int MaxFollows { get; set; } = 5_000;

    /// <summary>The most posts whose fan-out waits; a post beyond it is pulled instead. 1 or more, 100,000 by default.</summary>
    [Range(1, 10_000_000)]
    public int MaxFanouts { get; set; } = 100_000;

    /// <summary>The most references in all mailboxes that are kept in memory, about 10 bytes each; mailboxes that were read longest ago are dropped first. 10,000 or more, 20 million by default.</summary>
    [Range(10_000, 2_000_000_000)]
    public int MaxMailboxEntries { get; set; } = 20_000_000;

    /// <summary>The most references to authors' newest posts that are kept in memory, about 150 bytes each; 10,000 or more, one million by default.</summary>
    [Range(10_000, 100_000_000)]
    public int MaxOutboxEntries { get; set; } = 1_000_000;

    /// <summary>
    /// The most names in the lists of whom users follow that a single node keeps in memory, about 60 bytes each; 10,000 or more, one million by default. Several
    /// nodes keep none.
    /// </summary>
    [Range(10_000, 100_000_000)]
    public int MaxFollowEntries { get; set; } = 1_000_000;

    /// <summary>The most memory for posts that timelines showed lately, on a single node; bytes, a million or more, 64 million by default. Several nodes keep none.</summary>
    [Range(1_000_000, long.MaxValue)]
    public long MaxPostBytes { get; set; } = 64_000_000;
}
