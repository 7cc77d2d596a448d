using Realtime.Transports;

namespace Realtime.Presence;

/// <summary>Transports as bits, so that a user's take one byte.</summary>
internal static class PresenceTransports
{
    internal const int Count = 5;
    internal const int LongPoll = 3;
    internal const int ShortPoll = 4;

    private static readonly string[] Names =
        [TransportNames.WebSocket, TransportNames.SignalR, TransportNames.ServerSentEvents, TransportNames.LongPoll, TransportNames.ShortPoll];

    private static readonly string[][] Sets = [.. Enumerable.Range(0, 1 << Count).Select(mask => Names.Where((_, index) => (mask >> index & 1) != 0).ToArray())];

    internal static int IndexOf(string transport)
    {
        var index = Array.IndexOf(Names, transport);
        return index >= 0 ? index : throw new ArgumentException($"'{transport}' is none of TransportNames.", nameof(transport));
    }

    internal static bool IsMask(long number) => number is >= 0 and < 1 << Count;

    internal static IReadOnlyList<string> NamesOf(byte mask) => Sets[mask];
}
