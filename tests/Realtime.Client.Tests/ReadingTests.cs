using Realtime.Client.Tests.Support;
using Realtime.Testing.Clients;

namespace Realtime.Client.Tests;

/// <summary>What holds on every transport.</summary>
public sealed class ReadingTests(ClientServer server) : ClientTest(server)
{
    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task Messages_arrive_with_all_their_fields(RealtimeTransport transport)
    {
        var reader = await ReadAsync(Open(Options(transport)));
        await Alice.PublishAsync(Channel, """{"text":"héllo"}""", "one");

        var message = Assert.Single(await reader.TakeAsync(1));
        Assert.Equal(transport, await reader.Connected);
        Assert.Equal((ReceivedKind.Message, Channel, 1L, "one", "message", "alice"), (message.Kind, message.Channel, message.Offset, message.Id, message.Type, message.User));
        Assert.Equal("héllo", message.Data.GetProperty("text").GetString());
        Assert.Equal(TimeSpan.Zero, message.Time.Offset);
        Assert.NotNull(message.Cursor);
    }

    [Theory]
    [MemberData(nameof(EveryTransport))]
    [InlineData(RealtimeTransport.Auto)]
    public async Task Every_message_arrives_once_and_in_order_while_connections_are_cut_under_load(RealtimeTransport transport)
    {
        const int Count = 3_000;
        var random = new Random(4711);
        await using var proxy = new CuttingProxy(Server.Address, () =>
        {
            lock (random)
                return random.Next(3_000, 40_000);
        });
        await using var client = new RealtimeClient(Options(transport, proxy.Address));
        // From the beginning: a connection that is cut before its first cursor would otherwise begin later.
        await using var reader = new TestSubscription(client, [Channel], "earliest");
        var publishing = PublishAsync();
        AssertOffsets(1, await reader.TakeAsync(Count));
        await publishing;

        Assert.True(proxy.Cuts >= 5, $"Only {proxy.Cuts} connections were cut.");

        async Task PublishAsync()
        {
            for (var first = 1; first <= Count; first += 50)
                await Alice.PublishRangeAsync(Channel, first, 50);
        }
    }

    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task A_cursor_is_good_on_every_other_transport(RealtimeTransport transport)
    {
        var first = await ReadAsync(Open(Options(transport)));
        await Alice.PublishRangeAsync(Channel, 1, 5);
        var cursor = (await first.TakeAsync(5))[^1].Cursor;
        await first.DisposeAsync();
        await Alice.PublishRangeAsync(Channel, 6, 5);

        foreach (var other in EveryTransport)
        {
            var reader = await ReadAsync(Open(Options(other.Data)), cursor);
            AssertOffsets(6, await reader.TakeAsync(5));
        }
    }

    [Theory]
    [InlineData(RealtimeTransport.WebSocket)]
    [InlineData(RealtimeTransport.ServerSentEvents)]
    [InlineData(RealtimeTransport.LongPoll)]
    public async Task Signals_arrive_without_an_offset(RealtimeTransport transport)
    {
        var reader = await ReadAsync(Open(Options(transport)));
        // A long poll sees them only while it is held: sent until one arrives.
        var arriving = reader.TakeAsync(1);
        await Deadline.UntilAsync(
            async () =>
            {
                await Alice.SignalAsync(Channel, "typing", "{\"on\":true}");
                return arriving.IsCompleted;
            },
            arrived => arrived,
            "signal");

        var signal = Assert.Single(await arriving);
        Assert.Equal((ReceivedKind.Signal, 0L, "typing", "alice"), (signal.Kind, signal.Offset, signal.Type, signal.User));
        Assert.True(signal.Data.GetProperty("on").GetBoolean());
    }

    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task A_gap_comes_before_the_messages_that_follow_it(RealtimeTransport transport)
    {
        const int Max = ClientServer.SmallMaxMessages;
        var channel = $"small:{Guid.NewGuid():N}";
        var before = await ReadAsync(Open(Options(transport)), null, channel);
        await Alice.PublishRangeAsync(channel, 1, 3);
        var cursor = (await before.TakeAsync(3))[^1].Cursor;
        await before.DisposeAsync();
        await Alice.PublishRangeAsync(channel, 4, 60);
        await Deadline.UntilAsync(() => Alice.HistoryAsync(channel), seen => seen.GetProperty("first").GetInt64() == 64 - Max, "trimmed history");

        var items = await (await ReadAsync(Open(Options(transport)), cursor, channel)).TakeAsync(1 + Max);
        Assert.Equal(ReceivedKind.Gap, items[0].Kind);
        Assert.Equal((4L, 64L - Max, 63L, "trimmed"), (items[0].Gap!.Requested, items[0].Gap!.First, items[0].Gap!.Head, items[0].Gap!.Reason));
        AssertOffsets(64 - Max, items[1..]);
    }

    [Theory]
    [MemberData(nameof(EveryTransport))]
    public async Task More_channels_than_fit_into_an_address_are_read(RealtimeTransport transport)
    {
        string[] channels = [.. Enumerable.Range(0, 200).Select(i => $"{Channel}-{i}-{new string('x', 60)}")];
        await Alice.PublishAsync(channels[7], "1");
        var reader = await ReadAsync(Open(Options(transport)), "earliest", channels);
        Assert.Equal(channels[7], Assert.Single(await reader.TakeAsync(1)).Channel);
        await Alice.PublishAsync(channels[199], "2");
        Assert.Equal(channels[199], Assert.Single(await reader.TakeAsync(1)).Channel);
    }

    [Fact]
    public async Task Disposing_the_client_ends_its_enumerations()
    {
        var client = Open(Options());
        var reader = await ReadAsync(client);
        await client.DisposeAsync();
        await reader.EndAsync();
        Assert.Throws<ObjectDisposedException>(() => client.SubscribeAsync([Channel], cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Cancelling_ends_an_enumeration_by_an_exception()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await using var items = Open(Options()).SubscribeAsync([Channel], cancellationToken: cancel.Token).GetAsyncEnumerator(cancel.Token);
        var next = items.MoveNextAsync().AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }
}
