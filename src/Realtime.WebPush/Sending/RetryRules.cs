namespace Realtime.WebPush.Sending;

/// <summary>When a push is tried again.</summary>
internal static class RetryRules
{
    /// <summary>The first, and three more: over some half a minute, or as the service asks.</summary>
    internal const int MaxTries = 4;

    /// <summary>Who asks for more is not waited for: a newer message will be tried when it comes.</summary>
    internal static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait before the next try.</summary>
    /// <param name="failures">How many tries have failed; 1 or more.</param>
    /// <param name="retryAfter">What the service asks for.</param>
    /// <param name="random">From 0 to 1: spreads what failed together.</param>
    /// <returns>Null when it is given up.</returns>
    internal static TimeSpan? WaitAfter(int failures, TimeSpan? retryAfter, double random)
    {
        if (failures >= MaxTries || retryAfter > LongestWait)
            return null;
        var own = FirstWait * Math.Pow(3, failures - 1) * (0.5 + random);
        return retryAfter > own ? retryAfter : own;
    }
}
