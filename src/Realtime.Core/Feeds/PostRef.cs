using System.Globalization;
using Realtime.Channels;

namespace Realtime.Feeds;

/// <summary>
/// Where a post stands in a timeline: newest first by time, then by id, then by author, ordinal; ids are unique in a channel alone. The greater one is the
/// newer one.
/// </summary>
/// <param name="Time">Milliseconds since 1970, UTC.</param>
/// <param name="Id">The post's id.</param>
/// <param name="Author">The author.</param>
public readonly record struct PostPosition(long Time, string Id, string Author) : IComparable<PostPosition>
{
    /// <summary>Before every post.</summary>
    public static readonly PostPosition Oldest = new(long.MinValue, "", "");

    /// <summary>After every post.</summary>
    public static readonly PostPosition Newest = new(long.MaxValue, "", "");

    /// <inheritdoc/>
    public int CompareTo(PostPosition other)
    {
        if (Time != other.Time)
            return Time.CompareTo(other.Time);
        var order = string.CompareOrdinal(Id, other.Id);
        return order != 0 ? order : string.CompareOrdinal(Author, other.Author);
    }

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(PostPosition left, PostPosition right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(PostPosition left, PostPosition right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(PostPosition left, PostPosition right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(PostPosition left, PostPosition right) => left.CompareTo(right) >= 0;

    /// <summary>The position as a cursor for the next page: the time, the id and the author, between slashes, which neither of them holds.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time}/{Id}/{Author}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string? text, out PostPosition position)
    {
        position = default;
        if (text?.Split('/') is not [var digits, var id, var author] || !NameAlphabet.IsId(id) || !PostRef.TryGetChannel(author, out _)
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
            return false;
        position = new PostPosition(time, id, author);
        return true;
    }
}

/// <summary>A post as mailboxes and outboxes hold it: where it is, not what it says. One object is shared by all that hold it.</summary>
/// <param name="Offset">Its offset in the author's channel.</param>
/// <param name="Position">Its place in timelines.</param>
public sealed record PostRef(long Offset, PostPosition Position)
{
    /// <summary>The author.</summary>
    public string Author => Position.Author;

    /// <summary>The namespace of the channels of posts.</summary>
    public const string Namespace = "posts";

    /// <summary>The post that a message of an author's channel is.</summary>
    public static PostRef Of(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new PostRef(message.Offset, new PostPosition(message.Time.ToUnixTimeMilliseconds(), message.Id, AuthorOf(message.Channel)));
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
