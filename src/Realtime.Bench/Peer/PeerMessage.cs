using System.Text.Json;

namespace Realtime.Bench.Peer;

/// <summary>What is published to the baseline and what its readers get.</summary>
/// <param name="Channel">The group that gets it.</param>
/// <param name="User">Who says it.</param>
/// <param name="Data">What is said.</param>
internal sealed record PeerMessage(string Channel, string? User, JsonElement Data);

/// <summary>A request to the baseline.</summary>
/// <param name="Messages">Sent one after the other, each to its group.</param>
internal sealed record PeerBatch(IReadOnlyList<PeerMessage> Messages);
