using Realtime.Testing.Clients;

namespace Realtime.Testing.Conformance;

public abstract partial class TransportConformance
{
    [Fact]
    public async Task Earliest_begins_with_all_that_is_retained()
    {
        var channel = NewChannel();
        await Alice.PublishRangeAsync(channel, 1, 150);
        var reader = await OpenAsync(channel, "earliest");
        AssertOffsets(1, await reader.TakeAsync(150));
        await Alice.PublishAsync(channel, "151");
        AssertOffsets(151, await reader.TakeAsync(1));
    }

    [Theory]
    [InlineData("latest")]
    [InlineData(null)]
    public async Task Latest_begins_with_what_comes_from_now_on(string? cursor)
    {
        var channel = NewChannel();
        await Alice.PublishRangeAsync(channel, 1, 5);
        var reader = await OpenAsync(channel, cursor);
        await Alice.PublishAsync(channel, "6");
        AssertOffsets(6, await reader.TakeAsync(1));
    }

    [Fact]
    public async Task The_first_cursor_is_good_before_any_message_came()
    {
        var channel = NewChannel();
        await Alice.PublishRangeAsync(channel, 1, 5);
        var reader = await OpenAsync(channel);
        reader.Cut();
        await Alice.PublishRangeAsync(channel, 6, 5);
        AssertOffsets(6, await (await OpenAsync(channel, reader.Cursor)).TakeAsync(5));
    }

    [Theory]
    [MemberData(nameof(AllKinds))]
    public async Task A_cursor_of_this_transport_is_good_on_any(ReaderKind next)
    {
        string[] channels = [NewChannel(), NewChannel()];
        var reader = await OpenAsync(channels);
        await Alice.PublishRangeAsync(channels[0], 1, 20);
        await Alice.PublishRangeAsync(channels[1], 1, 10);
        await reader.TakeAsync(30);
        reader.Cut();
        await Alice.PublishRangeAsync(channels[0], 21, 20);
        await Alice.PublishRangeAsync(channels[1], 11, 10);

        var messages = await (await OpenAsync(next, Alice, channels, reader.Cursor)).TakeAsync(30);
        AssertOffsets(21, messages.Where(message => message.Channel == channels[0]));
        AssertOffsets(11, messages.Where(message => message.Channel == channels[1]));
    }

    [Fact]
    public async Task A_cursor_is_URL_safe_and_the_same_one_can_be_used_again()
    {
        var channel = NewChannel();
        var reader = await OpenAsync(channel);
        await Alice.PublishRangeAsync(channel, 1, 3);
        await reader.TakeAsync(3);
        Assert.Matches("^[A-Za-z0-9._~-]+$", reader.Cursor);
        reader.Cut();
        await Alice.PublishRangeAsync(channel, 4, 3);
        for (var i = 0; i < 2; i++)
            AssertOffsets(4, await (await OpenAsync(channel, reader.Cursor)).TakeAsync(3));
    }

    [Fact]
    public async Task A_channel_that_the_cursor_lacks_begins_at_latest()
    {
        string[] channels = [NewChannel(), NewChannel()];
        var reader = await OpenAsync(channels[0]);
        reader.Cut();
        await Alice.PublishRangeAsync(channels[0], 1, 2);
        await Alice.PublishRangeAsync(channels[1], 1, 2);

        var both = await OpenAsync(channels, reader.Cursor);
        AssertOffsets(1, await both.TakeAsync(2));
        await Alice.PublishAsync(channels[1], "3");
        var message = Assert.Single(await both.TakeAsync(1));
        Assert.Equal((channels[1], 3L), (message.Channel, message.Offset));
    }

    [Fact]
    public async Task A_channel_that_the_request_lacks_is_dropped()
    {
        string[] channels = [NewChannel(), NewChannel()];
        var both = await OpenAsync(channels);
        both.Cut();
        await Alice.PublishRangeAsync(channels[0], 1, 2);
        await Alice.PublishRangeAsync(channels[1], 1, 2);
        var one = await OpenAsync(channels[1], both.Cursor);
        AssertOffsets(1, await one.TakeAsync(2));
        one.Cut();

        // Dropped, and so at latest when it comes back.
        var again = await OpenAsync(channels, one.Cursor);
        await Alice.PublishAsync(channels[0], "3");
        var message = Assert.Single(await again.TakeAsync(1));
        Assert.Equal((channels[0], 3L), (message.Channel, message.Offset));
    }

    [Fact]
    public async Task The_first_cursor_comes_at_once()
    {
        // A channel in which nothing happens: whatever comes comes because the reader came.
        var reader = await OpenAsync(NewChannel());
        Assert.NotNull(reader.Cursor);
        if (kind is ReaderKind.WebSocket or ReaderKind.ServerSentEvents)
            Assert.IsType<PingEvent>(await reader.NextAsync("ping after the first cursor"));
    }
}
