using System.Collections.Concurrent;
using System.Net.WebSockets;
using Microsoft.AspNetCore.SignalR;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>
/// A reader that loses its connection again and again, comes back by another transport from the last cursor it was given, and keeps account of
/// every message.
/// </summary>
internal sealed class RoamingReader(IReadOnlyList<string> channels, string cursor, int seed)
{
    private static readonly ReaderKind[] Kinds = Enum.GetValues<ReaderKind>();

    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<string, List<ReceivedMessage>> _received = new(channels.ToDictionary(channel => channel, _ => new List<ReceivedMessage>()));
    private string _cursor = cursor;

    /// <summary>Connections that were opened so far.</summary>
    internal int Connections { get; private set; }

    /// <summary>What came in a channel, in the order in which it came.</summary>
    internal IReadOnlyList<ReceivedMessage> In(string channel) => _received[channel];

    /// <summary>Reads until every channel has so many messages.</summary>
    /// <param name="connect">Gives a way to the server, anew for each connection.</param>
    /// <param name="expected">How many messages there will be in each channel; asked again and again.</param>
    /// <param name="cutAfter">How many events a connection lives through, at most.</param>
    /// <param name="cancellationToken">Ends the reading with what has come so far.</param>
    internal async Task ReadAsync(Func<ServerClient> connect, Func<string, long?> expected, int cutAfter, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && !HasAll(expected))
        {
            using var user = connect();
            var reader = TestReader.Create(Kinds[_random.Next(Kinds.Length)], user, channels, _cursor);
            try
            {
                Connections++;
                await reader.ConnectAsync().WaitAsync(Deadline.Default, cancellationToken);
                await ReadAsync(reader, expected, _random.Next(1, cutAfter + 1), cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or WebSocketException or HubException or OperationCanceledException or InvalidOperationException)
            {
                // The connection was lost before it began. It is tried again, a moment later, by whatever comes next.
                await Task.WhenAny(Task.Delay(20, cancellationToken));
            }
            finally
            {
                await reader.DisposeAsync();
            }
        }
    }

    private async Task ReadAsync(TestReader reader, Func<string, long?> expected, int events, CancellationToken cancellationToken)
    {
        for (; events > 0 && !cancellationToken.IsCancellationRequested && !HasAll(expected); events--)
        {
            switch (await reader.NextAsync("message"))
            {
                case BatchEvent batch:
                    foreach (var message in batch.Messages)
                        _received[message.Channel].Add(message);
                    _cursor = batch.Cursor;
                    break;
                case ClosedEvent:
                    return;
                case GapEvent gap:
                    Assert.Fail($"Nothing was trimmed, and yet there is a {gap}.");
                    break;
            }
        }
    }

    private bool HasAll(Func<string, long?> expected) => channels.All(channel => _received[channel].Count >= expected(channel));
}
