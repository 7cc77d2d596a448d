namespace Realtime.Client.Reading;

/// <summary>Decides which transport is tried next.</summary>
internal sealed class TransportSelector(RealtimeTransport choice)
{
    /// <summary>A transport that was proven and died soon after, so many times in a row, does not work here.</summary>
    private const int MaxEarlyDeaths = 2;

    /// <summary>From the best to the one that works everywhere.</summary>
    private static readonly RealtimeTransport[] Ladder =
        [RealtimeTransport.WebSocket, RealtimeTransport.ServerSentEvents, RealtimeTransport.LongPoll, RealtimeTransport.ShortPoll];

    private readonly RealtimeTransport[] _candidates = choice == RealtimeTransport.Auto ? Ladder : [choice];
    private int _index;
    private int _earlyDeaths;

    internal RealtimeTransport Current => _candidates[_index];

    /// <summary>Whether a better one has failed before.</summary>
    internal bool IsFallback => _index > 0;

    /// <summary>Begins at the top again.</summary>
    internal void Reset() => (_index, _earlyDeaths) = (0, 0);

    /// <summary>The current one has worked for a while.</summary>
    internal void Worked() => _earlyDeaths = 0;

    /// <summary>The current one was proven alive and died soon after. True when there is another to try at once.</summary>
    internal bool DiedEarly() => ++_earlyDeaths >= MaxEarlyDeaths && Failed();

    /// <summary>The current one could not be proven alive. True when there is another to try at once; false when all have failed: then it begins at the top again, after a pause.</summary>
    internal bool Failed()
    {
        _earlyDeaths = 0;
        _index = (_index + 1) % _candidates.Length;
        return _index > 0;
    }
}
