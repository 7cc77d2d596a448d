namespace Realtime.Client;

/// <summary>The server's answer to a publish, given once the message is durable.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Epoch">The channel's epoch.</param>
/// <param name="Offset">The message's place in the channel.</param>
/// <param name="Id">The message's id.</param>
/// <param name="Time">When the server accepted it, UTC.</param>
public sealed record PublishAck(string Channel, string Epoch, long Offset, string Id, DateTimeOffset Time);

/// <summary>A message of a batch.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Data">Any value that can be written as JSON; null is JSON's.</param>
/// <param name="Id">At most 64 characters of <c>A–Z a–z 0–9 . _ : ~ @ -</c>; null makes one.</param>
/// <param name="Type">Null for <c>message</c>.</param>
public sealed record OutgoingMessage(string Channel, object? Data, string? Id = null, string? Type = null);

/// <summary>What became of a message of a batch: exactly one of the two is not null.</summary>
/// <param name="Ack">The answer, where the message was published.</param>
/// <param name="Error">The refusal, where it was not; it stopped none of the others.</param>
public sealed record PublishResult(PublishAck? Ack, RealtimeClientException? Error);
