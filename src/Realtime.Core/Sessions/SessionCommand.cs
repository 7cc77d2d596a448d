using Realtime.Channels;
using Realtime.Delivery;

namespace Realtime.Sessions;

/// <summary>Something that a session does on its pump's thread, in the order in which it was asked.</summary>
internal abstract record SessionCommand(Session Session)
{
    /// <summary>Answers whoever waits for a command that no pump will carry out any more.</summary>
    internal virtual void Cancel()
    {
    }
}

/// <summary>Starts to be driven by the pump.</summary>
internal sealed record AttachCommand(Session Session) : SessionCommand(Session);

/// <summary>Begins to read channels; <paramref name="Applied"/> is called with the cursor of all channels before any message of the new ones is written.</summary>
internal sealed record SubscribeCommand(
    Session Session, IReadOnlyList<ResolvedChannel> Channels, Action<CursorBuilder> Applied, TaskCompletionSource<bool> Taken) : SessionCommand(Session)
{
    internal override void Cancel() => Taken.TrySetResult(true);
}

/// <summary>Stops reading channels.</summary>
internal sealed record UnsubscribeCommand(Session Session, IReadOnlyList<ChannelName> Channels, Action<CursorBuilder> Applied) : SessionCommand(Session);

/// <summary>Writes a frame that is for this session alone.</summary>
internal sealed record WriteCommand(Session Session, Frame Frame) : SessionCommand(Session);

/// <summary>The write that was under way has been taken, or has failed.</summary>
internal sealed record WrittenCommand(Session Session) : SessionCommand(Session);

/// <summary>What the store had after the position of a subscription; null when it could not be read.</summary>
internal sealed record PageCommand(Session Session, Subscription Subscription, Position From, IReadOnlyList<Message>? Messages) : SessionCommand(Session);

/// <summary>Ends the session.</summary>
internal sealed record CloseCommand(Session Session, CloseReason Reason, TimeSpan? DrainAfter) : SessionCommand(Session);

/// <summary>The connection is gone.</summary>
internal sealed record DetachCommand(Session Session, TaskCompletionSource Left) : SessionCommand(Session)
{
    internal override void Cancel() => Left.TrySetResult();
}

/// <summary>A channel with the position and the signal number where a reader begins, leased for it.</summary>
internal readonly record struct ResolvedChannel(ChannelLog Log, Position Position, long SignalNumber, Gap? Gap);
