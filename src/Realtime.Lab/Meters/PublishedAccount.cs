namespace Realtime.Lab.Meters;

/// <summary>What the server accepted.</summary>
/// <param name="PerChannel">Messages in each channel.</param>
/// <param name="Checksum">The sum that a reader of all of them has, see <see cref="DeliveryTracker.Checksum"/>.</param>
internal sealed record PublishedAccount(long[] PerChannel, ulong Checksum)
{
    /// <summary>Messages in all channels.</summary>
    public long Total { get; } = PerChannel.Sum();
}
