namespace Realtime.Channels;

/// <summary>How much of a channel's log is kept. What exceeds either bound is trimmed, oldest first.</summary>
public sealed class RetentionRule
{
    /// <summary>The most messages that a channel keeps; 1 or more, 10,000 by default.</summary>
    public int MaxMessages { get; set; } = 10_000;

    /// <summary>How long a message is kept; more than zero, seven days by default.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromDays(7);
}

/// <summary>Retention by namespace (<c>Realtime:Retention</c>); the rule named <c>Default</c> holds for all others.</summary>
public sealed class RetentionOptions : Dictionary<string, RetentionRule>
{
    /// <summary>The name of the rule for namespaces without one of their own.</summary>
    public const string DefaultRule = "Default";

    private static readonly RetentionRule BuiltIn = new();

    /// <summary>Creates an empty set: the built-in default rule for every namespace.</summary>
    public RetentionOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }

    /// <summary>The rule for <paramref name="channel"/>.</summary>
    public RetentionRule For(ChannelName channel)
    {
        var byName = GetAlternateLookup<ReadOnlySpan<char>>();
        return byName.TryGetValue(channel.Namespace, out var rule) || TryGetValue(DefaultRule, out rule) ? rule : BuiltIn;
    }
}
