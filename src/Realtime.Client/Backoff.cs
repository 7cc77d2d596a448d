namespace Realtime.Client;

/// <summary>Full jitter: a random time between zero and <c>min(longest, first · 2ⁿ)</c>, which spreads clients that were cut together.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    private TimeSpan _first = first;
    private int _tries;

    /// <summary>How long to wait before the next try.</summary>
    /// <param name="retryAfter">What the server asks for. The random time comes on top: all of those it turned away at once were given the same one.</param>
    internal TimeSpan Next(TimeSpan? retryAfter = null)
    {
        var ceiling = Math.Min(longest.TotalMilliseconds, _first.TotalMilliseconds * Math.Pow(2, Math.Min(_tries++, 30)));
        return (retryAfter ?? TimeSpan.Zero) + TimeSpan.FromMilliseconds(Random.Shared.NextDouble() * ceiling);
    }

    /// <summary>The server names the first itself.</summary>
    internal void Rebase(TimeSpan retry) => _first = retry;

    internal void Reset() => _tries = 0;
}
