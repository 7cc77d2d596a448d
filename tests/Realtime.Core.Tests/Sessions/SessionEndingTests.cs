using System.Net.WebSockets;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Sessions;
using Realtime.Testing.Fakes;

namespace Realtime.Core.Tests.Sessions;

public sealed class SessionEndingTests
{
    private static readonly ChannelName A = ChannelName.Parse("a");

    [Fact]
    public async Task A_ping_comes_at_its_interval_and_not_before()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var reader = await node.ConnectAsync(null, A);

        time.Advance(TimeSpan.FromSeconds(9));
        await reader.SettleAsync();
        Assert.Empty(reader.Connection.Kinds);

        time.Advance(TimeSpan.FromSeconds(1));
        await reader.Connection.WhenAsync(connection => connection.Kinds.Count == 1, "the first ping");
        time.Advance(TimeSpan.FromSeconds(10));
        await reader.Connection.WhenAsync(connection => connection.Kinds.Count == 2, "the second ping");
        Assert.Equal(["ping", "ping"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task A_ping_that_falls_due_during_a_write_follows_it()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();

        time.Advance(TimeSpan.FromSeconds(10));
        await reader.SettleAsync();
        reader.Connection.Resume();
        await reader.Connection.WhenAsync(connection => connection.Kinds.Count == 2, "the message and the ping");

        Assert.Equal(["messages", "ping"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task Pings_and_answers_are_written_while_a_page_is_read()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        await node.PublishAsync(A, 3);
        var gate = new TaskCompletionSource();
        node.Store.Reading = () => gate.Task;
        var reader = await node.ConnectAsync("earliest", A);

        time.Advance(TimeSpan.FromSeconds(10));
        await reader.Connection.WhenAsync(connection => connection.Kinds.Contains("ping"), "a ping");
        reader.Session.Write(new Frame("{\"ack\":1}\n"u8.ToArray()));
        await reader.Connection.WhenAsync(connection => connection.Kinds.Contains("ack"), "an answer");
        gate.SetResult();
        await reader.Connection.WhenMessagesAsync(3);

        Assert.Equal(["ping", "ack", "messages"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task A_page_that_arrives_during_a_write_follows_it()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 3);
        var gate = new TaskCompletionSource();
        node.Store.Reading = () => gate.Task;
        var reader = await node.ConnectAsync("earliest", A);
        reader.Connection.Stall();
        reader.Session.Write(new Frame("{\"ack\":1}\n"u8.ToArray()));
        await reader.Connection.WhenHoldingAsync();

        gate.SetResult();
        await reader.SettleAsync();
        reader.Connection.Resume();
        await reader.Connection.WhenMessagesAsync(3);

        Assert.Equal(["ack", "messages"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task A_connection_that_takes_nothing_for_too_long_is_cut()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var reader = await node.ConnectAsync(null, A);
        var healthy = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();

        time.Advance(node.Options.SlowConsumerTimeout - TimeSpan.FromSeconds(1));
        await reader.SettleAsync();
        Assert.False(reader.Connection.Aborted);

        time.Advance(TimeSpan.FromSeconds(1));
        await reader.Connection.WhenAsync(connection => connection.Aborted, "the connection is cut");
        Assert.False(healthy.Connection.Aborted);
    }

    [Fact]
    public async Task A_connection_that_asks_on_and_on_and_takes_nothing_is_cut()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();

        for (var i = 0; i < Session.MaxOutgoing + 2; i++)
            reader.Session.Write(new Frame("{\"ack\":1}\n"u8.ToArray()));

        await reader.Connection.WhenAsync(connection => connection.Aborted, "the connection is cut");
    }

    [Fact]
    public async Task A_token_that_ends_ends_the_connection()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var reader = node.Open(time.GetUtcNow() + TimeSpan.FromMinutes(1));
        await reader.SubscribeAsync(null, A);

        time.Advance(TimeSpan.FromSeconds(59));
        await reader.SettleAsync();
        Assert.Null(reader.Connection.Closed);

        time.Advance(TimeSpan.FromSeconds(1));
        await reader.Connection.WhenAsync(connection => connection.Closed == CloseReason.TokenExpired, "the connection is closed");
        await node.PublishAsync(A);
        await reader.SettleAsync();
        Assert.Empty(reader.Connection.Messages);
    }

    [Fact]
    public async Task A_drain_advises_each_client_and_closes()
    {
        await using var node = await MemoryNode.StartAsync();
        var readers = new List<MemoryReader>();
        for (var i = 0; i < 20; i++)
            readers.Add(await node.ConnectAsync(null, A));

        await node.Sessions.DrainAsync();
        foreach (var reader in readers)
            await reader.Connection.WhenAsync(connection => connection.Closed == CloseReason.ServerShutdown, "the connection is closed");

        var delays = readers.Select(reader => reader.Connection.Received.Single().Body.GetProperty("drain").GetDouble()).ToList();
        Assert.All(delays, delay => Assert.InRange(delay, 0, node.Options.MaxDrainDelay.TotalMilliseconds));
        Assert.True(delays.Distinct().Count() > 10, "Every client has a delay of its own.");
    }

    [Fact]
    public async Task A_drain_reaches_a_client_whose_write_is_under_way_once_it_is_taken()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();

        await node.Sessions.DrainAsync();
        await reader.SettleAsync();
        Assert.False(reader.Connection.Aborted);
        reader.Connection.Resume();
        await reader.Connection.WhenAsync(connection => connection.Closed == CloseReason.ServerShutdown, "the connection is closed");

        Assert.Equal(["messages", "drain"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task A_drain_reaches_a_client_that_waits_for_a_page()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 3);
        var gate = new TaskCompletionSource();
        node.Store.Reading = () => gate.Task;
        var reader = await node.ConnectAsync("earliest", A);

        await node.Sessions.DrainAsync();
        await reader.Connection.WhenAsync(connection => connection.Closed == CloseReason.ServerShutdown, "the connection is closed");
        gate.SetResult();
        await reader.SettleAsync();

        Assert.Equal(["drain"], reader.Connection.Kinds);
    }

    [Fact]
    public async Task A_client_that_connects_during_a_drain_is_sent_away_too()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.Sessions.DrainAsync();

        var reader = node.Open();

        await reader.Connection.WhenAsync(connection => connection.Closed == CloseReason.ServerShutdown, "the connection is closed");
    }

    [Fact]
    public async Task A_close_comes_after_what_was_asked_before_it()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        reader.Session.Write(new Frame("{\"ack\":1}\n"u8.ToArray()));
        reader.Session.Write(new Frame("{\"error\":1}\n"u8.ToArray()));

        reader.Session.Close(CloseReason.Refused);
        await reader.Connection.WhenHoldingAsync();
        await reader.SettleAsync();
        reader.Connection.Resume();
        await reader.Connection.WhenAsync(connection => connection.Closed == CloseReason.Refused, "the connection is closed");

        Assert.Equal(["ack", "error"], reader.Connection.Kinds);
        Assert.False(reader.Connection.Aborted);
    }

    [Fact]
    public async Task A_goodbye_that_nobody_takes_ends_with_a_cut()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var reader = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();

        reader.Session.Close(CloseReason.Refused);
        await reader.SettleAsync();
        time.Advance(node.Options.SlowConsumerTimeout + TimeSpan.FromSeconds(1));

        await reader.Connection.WhenAsync(connection => connection.Aborted, "the connection is cut");
    }

    public static TheoryData<Type> Failures => [typeof(IOException), typeof(WebSocketException), typeof(NotSupportedException)];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_write_that_fails_ends_its_session_alone(Type failure)
    {
        await using var node = await MemoryNode.StartAsync();
        var broken = await node.ConnectAsync(null, A);
        var healthy = await node.ConnectAsync(null, A);
        broken.Connection.Fail((Exception)Activator.CreateInstance(failure)!);

        await node.PublishAsync(A);
        await broken.Connection.WhenAsync(connection => connection.Aborted, "the broken connection is cut");
        await node.PublishAsync(A);
        await healthy.Connection.WhenMessagesAsync(2);

        Assert.Equal(1, broken.Connection.Writes);
        await broken.DetachAsync();
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_write_that_fails_later_ends_its_session_alone(Type failure)
    {
        await using var node = await MemoryNode.StartAsync();
        var broken = await node.ConnectAsync(null, A);
        var healthy = await node.ConnectAsync(null, A);
        broken.Connection.Stall();
        await node.PublishAsync(A);
        await broken.Connection.WhenHoldingAsync();

        broken.Connection.Fail((Exception)Activator.CreateInstance(failure)!);
        await broken.Connection.WhenAsync(connection => connection.Aborted, "the broken connection is cut");
        await node.PublishAsync(A);
        await healthy.Connection.WhenMessagesAsync(2);
        await broken.DetachAsync();
    }

    [Fact]
    public async Task A_message_that_cannot_be_encoded_ends_sessions_and_not_the_server()
    {
        await using var node = await MemoryNode.StartAsync();
        var b = ChannelName.Parse("b");
        var reader = await node.ConnectAsync(null, A);
        var other = await node.ConnectAsync(null, b);
        node.Format.Encoding = message =>
        {
            if (message.Channel == A)
                throw new NotSupportedException();
        };

        await node.PublishAsync(A);
        await reader.Connection.WhenAsync(connection => connection.Aborted, "the connection is cut");
        await node.PublishAsync(b);

        await other.Connection.WhenMessagesAsync(1);
    }

    [Fact]
    public async Task An_applied_callback_that_throws_ends_its_session_alone()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = node.Open();
        var other = await node.ConnectAsync(null, A);

        _ = reader.Session.SubscribeAsync([A], ReadStart.Latest, _ => throw new NotSupportedException(), CancellationToken.None).AsTask();
        await reader.Connection.WhenAsync(connection => connection.Aborted, "the connection is cut");
        await node.PublishAsync(A);

        await other.Connection.WhenMessagesAsync(1);
        await reader.DetachAsync();
    }

    [Fact]
    public async Task A_session_that_left_during_a_write_never_touches_its_connection_again()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        var other = await node.ConnectAsync(null, A);
        reader.Connection.Stall();
        await node.PublishAsync(A);
        await reader.Connection.WhenHoldingAsync();

        await reader.DetachAsync();
        reader.Connection.Fail(new IOException());
        // The failed write tells the pump from another thread, whose turn comes before this publish is delivered.
        await node.PublishAsync(A, 2);
        await other.Connection.WhenMessagesAsync(3);
        await other.SettleAsync();

        Assert.Equal(0, reader.Connection.TouchesAfterDetach);
    }

    [Fact]
    public async Task Leaving_gives_back_every_lease_and_is_counted()
    {
        var time = new FakeTime();
        await using var node = await MemoryNode.StartAsync(time);
        var reader = await node.ConnectAsync(null, A, ChannelName.Parse("b"));
        Assert.Equal(1, node.Metrics.OpenConnections["websocket"]);

        await reader.DetachAsync();

        Assert.Empty(node.Sessions.All);
        Assert.Equal(0, node.Metrics.OpenConnections["websocket"]);
        time.Advance(ChannelLogs.IdleTime * 2);
        Assert.Equal(0, node.Logs.Count);
    }

    [Fact]
    public async Task Leaving_twice_harms_nobody()
    {
        await using var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        var other = await node.ConnectAsync(null, A);
        var third = await node.ConnectAsync(null, A);

        await reader.DetachAsync();
        await reader.DetachAsync();
        await other.DetachAsync();
        await node.PublishAsync(A);
        await third.Connection.WhenMessagesAsync(1);

        Assert.Equal([third.Session], node.Sessions.All);
    }

    [Fact]
    public async Task Leaving_a_node_that_has_stopped_ends()
    {
        var node = await MemoryNode.StartAsync();
        var reader = await node.ConnectAsync(null, A);
        await node.DisposeAsync();

        await reader.DetachAsync();
    }

    [Fact]
    public async Task A_store_that_fails_closes_the_sessions_that_need_it_alone()
    {
        await using var node = await MemoryNode.StartAsync();
        await node.PublishAsync(A, 3);
        var tail = await node.ConnectAsync(null, A);
        node.Store.Reading = () => throw new RealtimeException("down", isTransient: true);

        var behind = await node.ConnectAsync("earliest", A);
        await behind.Connection.WhenAsync(connection => connection.Closed == CloseReason.StoreUnavailable, "the connection is closed");
        await node.PublishAsync(A);

        await tail.Connection.WhenMessagesAsync(1);
    }
}
