using Realtime.Channels;

namespace Realtime.Publishing;

/// <summary>What became of a publish.</summary>
public enum PublishOutcome
{
    /// <summary>The message is durable.</summary>
    Created,

    /// <summary>The same message was published before; the answer is the first one's.</summary>
    Duplicate,

    /// <summary>The id was used before for a message with another type, data or user. Nothing was stored.</summary>
    Conflict,

    /// <summary>The intake is full or the store fails. Nothing is known to be stored; publishing again with the same id is safe.</summary>
    Overloaded,
}

/// <summary>The answer to a publish.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Message">The message in the log, for created and duplicate ones.</param>
/// <param name="Epoch">The channel's epoch.</param>
public readonly record struct PublishResult(PublishOutcome Outcome, Message? Message, Epoch Epoch);

/// <summary>A message as its publisher hands it in.</summary>
/// <param name="Channel">The channel, which the publisher may write to.</param>
/// <param name="Id">The publisher's id; null lets the server make one.</param>
/// <param name="Type">The type.</param>
/// <param name="User">Who publishes.</param>
/// <param name="Data">Valid JSON in UTF-8, without insignificant white space.</param>
public sealed record PublishRequest(ChannelName Channel, string? Id, string Type, string User, ReadOnlyMemory<byte> Data);
