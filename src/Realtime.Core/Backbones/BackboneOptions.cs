using System.ComponentModel.DataAnnotations;

namespace Realtime.Backbones;

/// <summary>How a node works with its backbone, whichever it is (<c>Realtime:Backbone</c>).</summary>
public sealed class BackboneOptions
{
    /// <summary>The node's name in logs, in <c>/api/nodes</c> and at the broker; the machine's name with a random ending by default, so that no two nodes share one.</summary>
    [RegularExpression("[A-Za-z0-9._-]{1,64}")]
    public string NodeName { get; set; } = DefaultName();

    /// <summary>How many frames may be on their way to the broker without its confirmation; 32 by default. More only lengthens what waits at the broker.</summary>
    [Range(1, 1000)]
    public int Window { get; set; } = 32;

    /// <summary>How many frames may wait for their turn in the window; 256 by default. When they are this many, committing waits for <see cref="PressureTimeout"/>.</summary>
    [Range(1, 100_000)]
    public int MaxWaiting { get; set; } = 256;

    /// <summary>
    /// How long a commit waits for a broker that takes nothing, before the next one begins and the frames are given up to be pulled: publishers get slower
    /// and are refused when their intake is full. A quarter of a second by default.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan PressureTimeout { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long publishes are refused after the broker refused a frame (<c>reject-publish</c>), before the next is tried; one second by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan RefusalPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the heads of the channels in memory are compared with the store's while all is well: the longest that a lost last message stays unseen. Ten seconds by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan HeadInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The same while the broker is away or another node is silent: readers then wait this long, at most. Half a second by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan OutageHeadInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a node tells the others how it is; two seconds by default. One that is not heard of for three times as long counts as silent.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan StatusInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long every frame takes longer than it must: makes a node slow on purpose, to see what happens. Zero by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Slowdown { get; set; }

    private static string DefaultName()
    {
        var machine = new string([.. Environment.MachineName.Where(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' or '-').Take(48)]);
        return $"{machine}-{Guid.NewGuid().ToString("N")[..8]}";
    }
}
