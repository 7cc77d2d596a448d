namespace Realtime.Channels;

/// <summary>Why a reader can't have everything that comes after its position.</summary>
public enum GapReason
{
    /// <summary>Retention removed the messages.</summary>
    Trimmed,

    /// <summary>The position belongs to another life of the log.</summary>
    Epoch,
}

/// <summary>Tells a reader that messages are missing; reading goes on at <see cref="First"/>.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Epoch">The present epoch.</param>
/// <param name="Requested">The first offset that is missing.</param>
/// <param name="First">The first offset that can be had.</param>
/// <param name="Head">The newest offset.</param>
/// <param name="Reason">Why.</param>
public sealed record Gap(ChannelName Channel, Epoch Epoch, long Requested, long First, long Head, GapReason Reason)
{
    /// <summary>Where reading goes on: the position just before <see cref="First"/>.</summary>
    public Position Resume => new(Epoch, First - 1);

    /// <summary>Finds out whether a reader at <paramref name="position"/> can be given all that follows.</summary>
    /// <returns>Null when nothing is missing.</returns>
    /// <remarks>
    /// A position beyond the head can only come from a log that lost its newest messages, so its offsets name
    /// other messages now: it is told as a change of epoch, and reading goes on after the head.
    /// </remarks>
    public static Gap? Between(ChannelName channel, Position position, ChannelState state)
    {
        if (position.Epoch != state.Epoch)
            return new Gap(channel, state.Epoch, position.Offset + 1, state.First, state.Head, GapReason.Epoch);
        if (position.Offset > state.Head)
            return new Gap(channel, state.Epoch, position.Offset + 1, state.Head + 1, state.Head, GapReason.Epoch);
        return position.Offset + 1 < state.First
            ? new Gap(channel, state.Epoch, position.Offset + 1, state.First, state.Head, GapReason.Trimmed)
            : null;
    }
}
