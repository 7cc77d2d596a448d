using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Sessions;

/// <summary>Everybody comes back at once, to a node that has just started and has nothing in memory.</summary>
public sealed class StormTests
{
    private const int Clients = 5_000;
    private const int Messages = 2 * LogReader.PageSize;

    /// <summary>Everybody lacks from 1 to this many messages, which lie across the border of two pages.</summary>
    private const int MostMissed = LogReader.PageSize + 8;

    private static readonly ChannelName Room = ChannelName.Parse("room:general");

    [Fact]
    public async Task Five_thousand_clients_share_the_reads_of_the_store()
    {
        await using var store = new ScriptedMessageStore(new MessageStoreOptions());
        var cursors = await CursorsAsync(store);
        await using var node = await MemoryNode.StartAsync(new MemoryNodeParts { SharedStore = store });
        var before = store.StateReads;
        // The store takes its time, as it would.
        store.ReadingState = () => Task.Delay(30);

        var coming = Enumerable.Range(0, Clients)
            .Select(client => node.ConnectAsync(cursors[Messages - MissedBy(client)], Room, ChannelName.Parse($"inbox:{client}"))).ToList();
        var readers = await Task.WhenAll(coming);
        for (var client = 0; client < Clients; client++)
            await readers[client].Connection.WhenMessagesAsync(MissedBy(client));

        Assert.All(readers, (reader, client) => Assert.Equal(
            Enumerable.Range(Messages - MissedBy(client) + 1, MissedBy(client)).Select(offset => (long)offset), reader.Connection.Offsets));
        // The room's state once, the others in a few queries; two pages, each perhaps once more where it was dropped meanwhile.
        Assert.InRange(store.StateReads - before, 1, 50);
        Assert.InRange(store.Reads, 2, 8);
    }

    [Fact]
    public async Task Those_who_are_sent_away_are_told_times_that_are_spread_evenly()
    {
        await using var node = await MemoryNode.StartAsync(delivery: new DeliveryOptions { Pumps = 1, MaxDrainDelay = TimeSpan.FromSeconds(10) });
        var readers = new List<MemoryReader>();
        for (var client = 0; client < 1_000; client++)
            readers.Add(await node.ConnectAsync(null, Room));

        await node.Sessions.DrainAsync();

        var delays = new List<double>();
        foreach (var reader in readers)
        {
            await reader.Connection.WhenAsync(connection => connection.Kinds.Contains("drain"), "a drain");
            delays.Add(reader.Connection.Received.Single(received => received.Kind == "drain").Body.GetProperty("drain").GetDouble());
        }

        // A hundred in each tenth of the time, whatever the chance.
        var tenths = delays.GroupBy(delay => (int)(delay / 1000)).ToDictionary(tenth => tenth.Key, tenth => tenth.Count());
        Assert.Equal(10, tenths.Count);
        Assert.All(tenths.Values, count => Assert.InRange(count, 98, 102));
    }

    /// <summary>Most lack a few; every hundredth was away for longer than a page.</summary>
    private static int MissedBy(int client) => client % 100 == 0 ? MostMissed - client / 100 % 8 : client % 10 + 1;

    /// <summary>A cursor after each message of the room, and before the first.</summary>
    private static async Task<string[]> CursorsAsync(ScriptedMessageStore store)
    {
        await using var node = await MemoryNode.StartAsync(new MemoryNodeParts { SharedStore = store });
        await node.PublishAsync(Room, Messages);
        var state = await store.GetStateAsync(Room, CancellationToken.None);
        return [.. Enumerable.Range(0, Messages).Select(offset =>
        {
            var cursor = new CursorBuilder();
            cursor.Add(ChannelKey.Of(Room), new Position(state.Epoch, offset));
            return cursor.ToString();
        })];
    }
}
