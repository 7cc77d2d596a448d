namespace Realtime.Lab.Feeds;

/// <summary>A follow graph, and who posts and reads when.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="Users">How many users there are; they are numbered from 0.</param>
/// <param name="Follows">Each once, nobody himself.</param>
/// <param name="Events">Ascending by time.</param>
internal sealed record FeedActivity(string Name, int Users, IReadOnlyList<FollowEdge> Follows, IReadOnlyList<FeedEvent> Events);

/// <summary>One user follows another.</summary>
/// <param name="Follower">The follower's number.</param>
/// <param name="Author">The author's number.</param>
internal readonly record struct FollowEdge(int Follower, int Author);

/// <summary>Something that a user does.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="User">The user's number.</param>
/// <param name="IsRead">Whether the user opens the timeline; otherwise it is a post.</param>
internal readonly record struct FeedEvent(long Time, int User, bool IsRead);
