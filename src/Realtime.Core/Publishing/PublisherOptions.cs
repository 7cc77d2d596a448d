using System.ComponentModel.DataAnnotations;

namespace Realtime.Publishing;

/// <summary>The bounds of the publisher (<c>Realtime:Publishing</c>).</summary>
public sealed class PublisherOptions
{
    /// <summary>The most messages that wait to be committed; more are refused as overloaded. 10,000 by default.</summary>
    [Range(1, 1_000_000)]
    public int MaxIntake { get; set; } = 10_000;

    /// <summary>The most bytes of data that wait to be committed; more is refused as overloaded. 64 MiB by default.</summary>
    [Range(1 << 16, long.MaxValue)]
    public long MaxIntakeBytes { get; set; } = 64L << 20;

    /// <summary>The most messages in one commit; 1,024 by default.</summary>
    [Range(1, 100_000)]
    public int MaxBatch { get; set; } = 1024;
}
