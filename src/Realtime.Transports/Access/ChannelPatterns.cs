using Realtime.Channels;

namespace Realtime.Transports.Access;

/// <summary>A list of channel names, each with an optional <c>*</c> at its end that stands for any rest.</summary>
internal sealed class ChannelPatterns(string[] patterns)
{
    /// <summary>The patterns as the token gave them.</summary>
    public IReadOnlyList<string> Values => patterns;

    /// <summary>Whether <paramref name="text"/> could match a channel at all.</summary>
    public static bool IsPattern(string text) =>
        text == "*" || ChannelName.TryParse(text.EndsWith('*') ? text[..^1] : text, out _);

    /// <summary>Whether any pattern covers <paramref name="channel"/>; never, for an empty list.</summary>
    public bool Match(ChannelName channel)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.EndsWith('*')
                    ? channel.Value.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
                    : channel.Value.Equals(pattern, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
