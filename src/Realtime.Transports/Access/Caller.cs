using Realtime.Channels;

namespace Realtime.Transports.Access;

/// <summary>Who is calling, and which channels that user may read and write. Immutable; shared by all requests with the same token.</summary>
public sealed class Caller
{
    private readonly ChannelPatterns? _publish;
    private readonly ChannelPatterns? _read;

    /// <summary>Creates a caller.</summary>
    /// <param name="user">The token's <c>sub</c>.</param>
    /// <param name="expiresAt">When its connections end.</param>
    /// <param name="publish">The token's <c>pub</c> claim; null where it has none.</param>
    /// <param name="read">The token's <c>read</c> claim; null where it has none.</param>
    internal Caller(string user, DateTimeOffset expiresAt, ChannelPatterns? publish, ChannelPatterns? read)
    {
        User = user;
        ExpiresAt = expiresAt;
        _publish = publish;
        _read = read;
    }

    /// <summary>The user's name, as it appears in <c>user</c> of what it publishes.</summary>
    public string User { get; }

    /// <summary>When the credential ends, and with it every connection that was opened with it.</summary>
    public DateTimeOffset ExpiresAt { get; }

    internal ChannelPatterns? PublishPatterns => _publish;

    internal ChannelPatterns? ReadPatterns => _read;

    /// <summary>Whether the user may read <paramref name="channel"/>, in any way.</summary>
    public bool MayRead(ChannelName channel) =>
        _read is not null ? _read.Match(channel) : ChannelRules.MayRead(User, channel);

    /// <summary>Whether the user may publish and signal in <paramref name="channel"/>.</summary>
    public bool MayPublish(ChannelName channel) =>
        !ChannelRules.IsWrittenByServerAlone(channel)
        && (_publish is not null ? _publish.Match(channel) : ChannelRules.MayPublish(User, channel));
}
