using Realtime.Channels;

namespace Realtime.Stores;

/// <summary>What every message store is told.</summary>
public sealed class MessageStoreOptions
{
    /// <summary>How long an id is remembered after its message was accepted: ten minutes or more.</summary>
    public TimeSpan DeduplicationWindow { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How much of each channel is kept.</summary>
    public RetentionOptions Retention { get; set; } = [];
}
