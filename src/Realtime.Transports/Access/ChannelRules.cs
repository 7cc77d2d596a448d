using Realtime.Channels;

namespace Realtime.Transports.Access;

/// <summary>What a namespace allows to a user whose token says nothing about it.</summary>
/// <remarks>A name of one of these namespaces without an id, such as <c>user</c> or <c>dm:alice</c>, belongs to nobody and stays closed.</remarks>
internal static class ChannelRules
{
    /// <summary>Whether no token whatever may write here.</summary>
    public static bool IsWrittenByServerAlone(ChannelName channel) => channel.Namespace is "timeline";

    /// <summary>Whether messages of the channel can be deleted by whoever wrote them.</summary>
    public static bool MayDelete(ChannelName channel) => channel.Namespace is "posts";

    public static bool MayRead(string user, ChannelName channel) => channel.Namespace switch
    {
        "user" or "timeline" => IsOwn(user, channel),
        "dm" => IsPartOfPair(user, channel),
        _ => true,
    };

    public static bool MayPublish(string user, ChannelName channel) => channel.Namespace switch
    {
        "user" => false,
        "posts" => IsOwn(user, channel),
        "dm" => IsPartOfPair(user, channel),
        _ => !IsWrittenByServerAlone(channel),
    };

    private static bool IsOwn(string user, ChannelName channel) => Rest(channel).SequenceEqual(user);

    private static bool IsPartOfPair(string user, ChannelName channel)
    {
        var pair = Rest(channel);
        var colon = pair.IndexOf(':');
        if (colon <= 0) return false;
        var first = pair[..colon];
        var second = pair[(colon + 1)..];
        return !second.IsEmpty && !second.Contains(':') && (first.SequenceEqual(user) || second.SequenceEqual(user));
    }

    private static ReadOnlySpan<char> Rest(ChannelName channel)
    {
        var colon = channel.Namespace.Length;
        return colon == channel.Value.Length ? default : channel.Value.AsSpan(colon + 1);
    }
}
