using System.ComponentModel.DataAnnotations;

namespace Realtime.Delivery;

/// <summary>How messages reach sessions (<c>Realtime:Delivery</c>).</summary>
public sealed class DeliveryOptions
{
    /// <summary>The threads that write to sessions; each session belongs to one. Half the processors by default, at least one.</summary>
    [Range(1, 64)]
    public int Pumps { get; set; } = Math.Max(1, Environment.ProcessorCount / 2);

    /// <summary>The bytes of the newest messages kept in memory over all channels; above it, tails are dropped and read from the store. 256 MiB by default.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxTailBytes { get; set; } = 256L << 20;

    /// <summary>Above this many channel logs in memory, those that nobody reads are dropped at once; 100,000 by default.</summary>
    [Range(1, int.MaxValue)]
    public int MaxIdleLogs { get; set; } = 100_000;

    /// <summary>The bytes of recent pages of the store kept for readers that come back together; 32 MiB by default.</summary>
    [Range(0, long.MaxValue)]
    public long MaxPageBytes { get; set; } = 32L << 20;

    /// <summary>How often every push connection is sent a ping; 10 s by default. The protocol promises 15 s, and sessions are looked at once a second.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:14")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may leave a write untaken before it is closed; 30 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SlowConsumerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Clients of a server that shuts down are told to come back after a random time up to this; 5 s by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan MaxDrainDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The most channels that one reader may read at a time (<c>Realtime:Limits:MaxChannelsPerReader</c>); 256 by default.</summary>
    [Range(1, 4096)]
    public int MaxChannelsPerReader { get; set; } = 256;
}
