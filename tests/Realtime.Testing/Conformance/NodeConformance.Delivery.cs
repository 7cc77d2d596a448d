using Realtime.Channels;
using Realtime.Testing.Fakes;

namespace Realtime.Testing.Conformance;

public abstract partial class NodeConformance
{
    [Fact]
    public async Task What_one_node_commits_readers_of_the_other_get_in_order_and_hardly_from_the_store()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var bob = await ReadAsync(b, Room);
        var reads = _store.Reads;

        await PublishAsync(a, 100);

        await HasAllAsync(bob, 100);
        // A comparison of heads that a new connection asks for may hear of a commit before its frame comes; that is one page, for all readers.
        Assert.InRange(_store.Reads - reads, 0, 2);
    }

    [Fact]
    public async Task Both_nodes_commit_to_one_channel_and_all_readers_see_one_order()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var alice = await ReadAsync(a, Room);
        var bob = await ReadAsync(b, Room);

        await Task.WhenAll(PublishAsync(a, 100), PublishAsync(b, 100));

        await HasAllAsync(alice, 200);
        await HasAllAsync(bob, 200);
        Assert.Equal(alice.Connection.Messages.Select(message => message.Id), bob.Connection.Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task Many_channels_cross_at_once_and_each_keeps_its_order()
    {
        const int Each = 20;
        var channels = Enumerable.Range(0, 40).Select(number => ChannelName.Parse($"room:{number}")).ToArray();
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var bob = await ReadAsync(b, channels);

        await Task.WhenAll(channels.Select(channel => PublishAsync(a, Each, channel)));

        await bob.Connection.WhenMessagesAsync(channels.Length * Each);
        var offsets = bob.Connection.Messages.ToLookup(message => message.Channel, message => message.Offset);
        Assert.All(channels, channel => Assert.Equal(Enumerable.Range(1, Each).Select(offset => (long)offset), offsets[channel.Value]));
    }

    [Fact]
    public async Task A_message_of_nearly_a_mebibyte_crosses()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var bob = await ReadAsync(b, Room);

        await a.Node.PublishAsync(Room, data: $"\"{new string('x', 1_000_000)}\"");

        await HasAllAsync(bob, 1);
    }

    [Fact]
    public async Task A_reader_who_moves_to_the_other_node_gets_everything_once()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var before = await ReadAsync(a, Room);
        await PublishAsync(a, 10);
        await HasAllAsync(before, 10);
        await before.DetachAsync();
        await PublishAsync(a, 10);

        var after = await b.Node.ConnectAsync(before.Connection.Cursor, Room);
        await PublishAsync(a, 10);

        await after.Connection.WhenMessagesAsync(20);
        await after.SettleAsync();
        Assert.Equal(Enumerable.Range(11, 20).Select(offset => (long)offset), after.Connection.Offsets);
    }

    [Fact]
    public async Task A_reader_who_begins_while_messages_come_misses_none_from_there_on()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();

        var publishing = PublishAsync(a, 200);
        var bob = await b.Node.ConnectAsync(null, Room);
        await publishing;

        await bob.Connection.WhenAsync(connection => connection.Offsets is [] or [.., 200], "the last message");
        await PublishAsync(a, 1);
        await bob.Connection.WhenAsync(connection => connection.Offsets is [.., 201], "the message after it");
        var first = bob.Connection.Offsets[0];
        Assert.Equal(Enumerable.Range((int)first, 202 - (int)first).Select(offset => (long)offset), bob.Connection.Offsets);
    }

    [Fact]
    public async Task Signals_reach_readers_of_the_other_node()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();
        var bob = await ReadAsync(b, Room);

        a.Node.Publisher.Signal(MemoryNode.Request(Room, type: "typing", data: "{\"on\":true}"));

        await bob.Connection.WhenAsync(connection => connection.Kinds.Contains("signal"), "a signal");
    }

    [Fact]
    public async Task Nodes_hear_of_each_other_until_one_leaves()
    {
        var a = await StartNodeAsync();
        var b = await StartNodeAsync();

        await Testing.Clients.Deadline.UntilAsync(() => Task.FromResult((a.Node.Nodes.All.Count, b.Node.Nodes.All.Count)), counts => counts == (1, 1), "two nodes that know each other");
        await b.Node.DisposeAsync();
        _nodes.Remove(b.Node);

        await Testing.Clients.Deadline.UntilAsync(() => Task.FromResult(a.Node.Nodes.All.Count), count => count == 0, "a node that is alone");
        Assert.False(a.Node.Heads.IsPulling);
    }
}
