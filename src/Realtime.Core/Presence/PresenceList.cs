using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>Who is in a channel.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Count">How many users.</param>
/// <param name="Users">Those who have been there longest, up to the number asked for.</param>
public sealed record PresenceList(ChannelName Channel, int Count, IReadOnlyList<PresentUser> Users);

/// <summary>A user who is in a channel.</summary>
/// <param name="User">Who.</param>
/// <param name="Since">Since when, over reconnects and changes of transport and of node.</param>
/// <param name="Transports">Of <see cref="Transports.TransportNames"/>; none for somebody who has just gone and may be back in a moment.</param>
public sealed record PresentUser(string User, DateTimeOffset Since, IReadOnlyList<string> Transports);
