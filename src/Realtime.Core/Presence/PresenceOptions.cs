using System.ComponentModel.DataAnnotations;

namespace Realtime.Presence;

/// <summary>Who is in a channel, and how readers hear of it (<c>Realtime:Presence</c>).</summary>
public sealed class PresenceOptions
{
    /// <summary>Whether presence is kept at all; true by default.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// How long a user who is nowhere any more still counts as present, so that a reconnect, a change of transport or of node tells nobody; 8 s by
    /// default, longer than clients of a server that shuts down are told to stay away.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan LeaveGrace { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How long a user who polls counts as present after a poll was answered; 10 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan PollLease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long what another node said holds unless it is renewed, which happens three times as often: the users of a node that was killed go after this. 30 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:03", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most users, summed over channels, that this node keeps; 100,000 by default, some 150 bytes each. Those who come when it is full are neither listed nor counted.</summary>
    [Range(1, 10_000_000)]
    public int MaxEntries { get; set; } = 100_000;

    /// <summary>The same for one channel; 20,000 by default.</summary>
    [Range(1, 10_000_000)]
    public int MaxChannelEntries { get; set; } = 20_000;

    /// <summary>
    /// What joins and leaves may cost in one channel on one node: signals times the readers that get them, each second; 2,000 by default. Beyond it one
    /// signal with the count takes their place. 0 signals nothing.
    /// </summary>
    [Range(0, 10_000_000)]
    public int MaxDeliveriesPerSecond { get; set; } = 2_000;

    /// <summary>
    /// Namespaces without presence, with commas, because the readers of one channel there are none of each other's business; <c>user,timeline,posts</c> by
    /// default.
    /// </summary>
    [RegularExpression("[A-Za-z0-9._~@,-]*")]
    public string ExcludedNamespaces { get; set; } = "user,timeline,posts";

    /// <summary>
    /// Of the excluded namespaces, those whose users the server keeps for itself, with commas; none by default. Nobody is told of them, and nobody can ask.
    /// </summary>
    [RegularExpression("[A-Za-z0-9._~@,-]*")]
    public string HiddenNamespaces { get; set; } = "";
}
