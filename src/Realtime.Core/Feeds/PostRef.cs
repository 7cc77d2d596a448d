using System.Globalization;
using Realtime.Channels;

namespace Realtime.Feeds;

/// <summary>Where a post stands in a timeline: newest first by time, then by id, ordinal. The greater one is the newer one.</summary>
/// <param name="Time">Milliseconds since 1970, UTC.</param>
/// <param name="Id">The post's id; empty is before every id.</param>
public readonly record struct PostPosition(long Time, string Id) : IComparable<PostPosition>
{
    /// <summary>Before every post.</summary>
    public static readonly PostPosition Oldest = new(long.MinValue, "");

    /// <summary>After every post.</summary>
    public static readonly PostPosition Newest = new(long.MaxValue, "");

    /// <inheritdoc/>
    public int CompareTo(PostPosition other) => Time != other.Time ? Time.CompareTo(other.Time) : string.CompareOrdinal(Id, other.Id);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(PostPosition left, PostPosition right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(PostPosition left, PostPosition right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(PostPosition left, PostPosition right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(PostPosition left, PostPosition right) => left.CompareTo(right) >= 0;

    /// <summary>The position as a cursor for the next page: digits, a dot, the id.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}.{Id}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out PostPosition position)
    {
        position = default;
        var dot = text?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot < 0 || !long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            || !NameAlphabet.IsId(text.AsSpan(dot + 1)))
            return false;
        position = new PostPosition(time, text![(dot + 1)..]);
        return true;
    }
}

/// <summary>A post as mailboxes and outboxes hold it: where it is, not what it says. One object is shared by all that hold it.</summary>
/// <param name="Author">The author.</param>
/// <param name="Offset">Its offset in the author's channel.</param>
/// <param name="Position">Its place in timelines.</param>
public sealed record PostRef(string Author, long Offset, PostPosition Position)
{
    /// <summary>The namespace of the channels of posts.</summary>
    public const string Namespace = "posts";

    /// <summary>The post that a message of an author's channel is.</summary>
    public static PostRef Of(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new PostRef(AuthorOf(message.Channel), message.Offset, new PostPosition(message.Time.ToUnixTimeMilliseconds(), message.Id));
    }

    /// <summary>The author of a channel of posts.</summary>
    public static string AuthorOf(ChannelName channel) => channel.Value[(Namespace.Length + 1)..];

    /// <summary>Whether a channel holds somebody's posts.</summary>
    public static bool IsPosts(ChannelName channel) => channel.Namespace is Namespace && channel.Value.Length > Namespace.Length + 1;

    /// <summary>The channel of an author's posts.</summary>
    /// <returns>False where no channel can have that name: the user's name is too long or holds other characters.</returns>
    public static bool TryGetChannel(string author, out ChannelName channel) =>
        ChannelName.TryParse($"{Namespace}:{author}", out channel) && channel.Value.Length > Namespace.Length + 1;

    /// <summary>As <see cref="TryGetChannel"/>, for an author who is known to have one.</summary>
    public static ChannelName ChannelOf(string author) => ChannelName.Parse($"{Namespace}:{author}");
}
