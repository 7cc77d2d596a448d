using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Stores;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Backbones;

/// <summary>Two nodes on one store, between which a test carries the frames itself: some, late, twice or none.</summary>
public sealed class TwoNodesTests : IAsyncLifetime
{
    private static readonly ChannelName Room = ChannelName.Parse("room:general");

    private readonly ScriptedMessageStore _store = new(new MessageStoreOptions());
    private readonly ScriptedBackbone _outgoing = new(connectsNodes: true);
    private readonly ScriptedBackbone _incoming = new(connectsNodes: true);
    private MemoryNode _writer = null!;
    private MemoryNode _reader = null!;

    public async ValueTask InitializeAsync()
    {
        // Comparing at an interval is out of the way unless a test asks for it.
        _writer = await StartAsync(_outgoing, TimeSpan.FromHours(1));
        _reader = await StartAsync(_incoming, TimeSpan.FromHours(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _reader.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task What_one_node_commits_the_other_delivers_without_reading_the_store()
    {
        var bob = await _reader.ConnectAsync(null, Room);

        await PublishAsync(3);
        await CarryAsync(0, 1, 2);

        await bob.Connection.WhenMessagesAsync(3);
        Assert.Equal([1, 2, 3], bob.Connection.Offsets);
        Assert.Equal(0, _store.Reads);
    }

    [Fact]
    public async Task Frames_that_come_twice_late_or_not_at_all_change_no_order()
    {
        var bob = await _reader.ConnectAsync(null, Room);

        await PublishAsync(5);
        await CarryAsync(1, 0, 1, 4, 3);

        await bob.Connection.WhenMessagesAsync(5);
        Assert.Equal([1, 2, 3, 4, 5], bob.Connection.Offsets);
    }

    [Fact]
    public async Task A_jump_in_the_numbers_of_frames_makes_the_node_look_at_all_its_channels()
    {
        var other = ChannelName.Parse("room:lost");
        // Of one shard, so that one's frame tells of the other's.
        for (var i = 0; ShardInterest.ShardOf(other) != ShardInterest.ShardOf(Room); i++)
            other = ChannelName.Parse($"room:lost{i}");
        var bob = await _reader.ConnectAsync(null, Room);
        var carol = await _reader.ConnectAsync(null, other);

        await PublishAsync(1);
        await _writer.PublishAsync(other);
        await PublishAsync(1);
        await CarryAsync(0, 2);

        await carol.Connection.WhenMessagesAsync(1);
        await bob.Connection.WhenMessagesAsync(2);
    }

    [Fact]
    public async Task A_lost_last_message_is_found_by_comparing_heads()
    {
        await _reader.DisposeAsync();
        _reader = await StartAsync(_incoming, TimeSpan.FromMilliseconds(100));
        var bob = await _reader.ConnectAsync(null, Room);

        await PublishAsync(1);

        await bob.Connection.WhenMessagesAsync(1);
    }

    [Fact]
    public async Task While_the_broker_is_away_heads_are_pulled_often()
    {
        _incoming.Health = new BackboneHealth(IsConnected: false);
        var bob = await _reader.ConnectAsync(null, Room);

        await PublishAsync(1);

        await bob.Connection.WhenMessagesAsync(1);
        Assert.True(_reader.Status.Pulling);
    }

    [Fact]
    public async Task A_node_that_could_not_send_says_so_and_the_others_pull()
    {
        var bob = await _reader.ConnectAsync(null, Room);
        _outgoing.OnSend = (_, _) => new(BackboneSend.Lost);
        await PublishAsync(1);
        await SentAsync(1);
        _outgoing.OnSend = (_, _) => new(BackboneSend.Sent);

        // Whatever is sent next goes with the word that something is missing.
        _writer.Publisher.Signal(MemoryNode.Request(ChannelName.Parse("other")));
        await SentAsync(3);
        Assert.Equal(ShardInterest.NodeShard, Sent[2].Shard);
        await CarryAsync(2);

        await bob.Connection.WhenMessagesAsync(1);
    }

    [Fact]
    public async Task Foreign_and_damaged_frames_change_nothing()
    {
        var bob = await _reader.ConnectAsync(null, Room);
        await PublishAsync(1);
        await SentAsync(1);
        var damaged = Sent[0].Frame.ToArray();
        damaged[^10] ^= 1;

        await _incoming.Receiver!.ReceiveAsync("not of this product"u8.ToArray(), CancellationToken.None);
        await _incoming.Receiver.ReceiveAsync(damaged, CancellationToken.None);
        await bob.SettleAsync();
        Assert.Empty(bob.Connection.Offsets);

        await CarryAsync(0);
        await bob.Connection.WhenMessagesAsync(1);
    }

    [Fact]
    public async Task Frames_of_the_node_itself_are_ignored()
    {
        var bob = await _writer.ConnectAsync(null, Room);
        await PublishAsync(2);

        foreach (var (_, frame) in Sent)
            await _outgoing.Receiver!.ReceiveAsync(frame, CancellationToken.None);
        await bob.Connection.WhenMessagesAsync(2);
        await bob.SettleAsync();

        Assert.Equal([1, 2], bob.Connection.Offsets);
    }

    [Fact]
    public async Task Signals_reach_readers_of_other_nodes()
    {
        var bob = await _reader.ConnectAsync(null, Room);

        _writer.Publisher.Signal(MemoryNode.Request(Room, type: "typing", data: "{\"on\":true}"));
        await SentAsync(1);
        await CarryAsync(0);
        await bob.Connection.WhenAsync(connection => connection.Kinds.Contains("signal"), "a signal");

        Assert.Contains("\"typing\"", bob.Connection.Received[0].Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_wants_the_shards_of_the_channels_that_it_has()
    {
        var shard = ShardInterest.ShardOf(Room);
        Assert.False(_reader.Interest.IsWanted(shard));
        Assert.True(_reader.Interest.IsWanted(ShardInterest.NodeShard));
        var change = _reader.Interest.NextChange;

        await _reader.ConnectAsync(null, Room);

        await change.Within("a change of the wanted shards");
        Assert.True(_reader.Interest.IsWanted(shard));
    }

    [Fact]
    public async Task A_refused_frame_makes_the_node_refuse_publishes_until_the_pause_is_over()
    {
        _outgoing.OnSend = (_, _) => new(BackboneSend.Refused);
        await PublishAsync(1);
        await SentAsync(1);

        var refused = await _writer.Publisher.PublishAsync(MemoryNode.Request(Room));
        Assert.Equal(PublishOutcome.Overloaded, refused.Outcome);
        Assert.Equal(1, (await _store.GetStateAsync(Room, CancellationToken.None)).Head);

        _outgoing.OnSend = (_, _) => new(BackboneSend.Sent);
        await Testing.Clients.Deadline.UntilAsync(
            async () => (await _writer.Publisher.PublishAsync(MemoryNode.Request(Room))).Outcome, outcome => outcome == PublishOutcome.Created, "a publish that is taken");
    }

    [Fact]
    public async Task A_broker_that_takes_nothing_slows_commits_and_stops_none()
    {
        await _writer.DisposeAsync();
        _writer = await StartAsync(_outgoing, TimeSpan.FromHours(1), new BackboneOptions { Window = 1, MaxWaiting = 2, PressureTimeout = TimeSpan.FromMilliseconds(30) });
        var hold = new TaskCompletionSource<BackboneSend>();
        _outgoing.OnSend = async (_, _) => await hold.Task;

        await PublishAsync(10);
        Assert.Equal((2, 1), (_writer.Sender.Waiting, _writer.Sender.Unconfirmed));

        hold.SetResult(BackboneSend.Sent);
        await Testing.Clients.Deadline.UntilAsync(() => Task.FromResult(_writer.Sender.Waiting + _writer.Sender.Unconfirmed), left => left == 0, "frames that are sent");
    }

    [Fact]
    public async Task A_poll_with_a_cursor_of_another_node_is_answered_from_there()
    {
        await PublishAsync(1);
        var cursor = (await PollAsync(_reader, "earliest")).Cursor;
        await PublishAsync(2);
        var ahead = (await PollAsync(_writer, cursor)).Cursor;

        var answer = await PollAsync(_reader, ahead);

        Assert.Empty(answer.Gaps);
        Assert.Equal(ahead, answer.Cursor);
    }

    /// <summary>What the writer's node sent, but for what it says of itself.</summary>
    private (int Shard, byte[] Frame)[] Sent => [.. _outgoing.SentFrames.Where(sent => sent.Frame[3] != (byte)FrameKind.Status)];

    private Task<MemoryNode> StartAsync(ScriptedBackbone backbone, TimeSpan headInterval, BackboneOptions? options = null)
    {
        options ??= new BackboneOptions();
        options.HeadInterval = headInterval;
        options.OutageHeadInterval = TimeSpan.FromMilliseconds(50);
        options.StatusInterval = TimeSpan.FromHours(1);
        return MemoryNode.StartAsync(new MemoryNodeParts { SharedStore = _store, Backbone = backbone, BackboneOptions = options });
    }

    /// <summary>Publishes messages one by one, so that each has a frame of its own.</summary>
    private async Task PublishAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await _writer.PublishAsync(Room);
    }

    private async Task SentAsync(int frames) =>
        await Testing.Clients.Deadline.UntilAsync(() => Task.FromResult(Sent.Length), length => length >= frames, $"{frames} frames sent");

    /// <summary>Gives the reader's node the frames with these numbers, in this order.</summary>
    private async Task CarryAsync(params int[] frames)
    {
        await SentAsync(frames.Max() + 1);
        foreach (var frame in frames)
            await _incoming.Receiver!.ReceiveAsync(Sent[frame].Frame, CancellationToken.None);
    }

    private static async Task<PollResult> PollAsync(MemoryNode node, string cursor)
    {
        Assert.True(ReadStart.TryParse(cursor, out var start));
        return await node.Polls.PollAsync(new PollRequest([Room], start, 100, TimeSpan.Zero), CancellationToken.None);
    }
}
