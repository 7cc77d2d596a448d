using Realtime.Testing.Clients;

namespace Realtime.Testing.Conformance;

public abstract partial class TransportConformance
{
    [Fact]
    public async Task Messages_that_were_trimmed_are_told_as_a_gap_before_those_that_follow()
    {
        var channel = NewChannel(SmallNamespace);
        var reader = await OpenAsync(channel);
        await Alice.PublishRangeAsync(channel, 1, 3);
        await reader.TakeAsync(3);
        reader.Cut();
        await Alice.PublishRangeAsync(channel, 4, 60);
        var history = await Deadline.UntilAsync(
            () => Alice.HistoryAsync(channel), seen => seen.GetProperty("first").GetInt64() == 64 - SmallMaxMessages, "trimmed history");

        var late = await OpenAsync(channel, reader.Cursor);
        var gap = await late.NextAsync<GapEvent>("gap");
        Assert.Equal(new GapEvent(channel, history.GetProperty("epoch").GetString()!, 4, 64 - SmallMaxMessages, 63, "trimmed"), gap);
        AssertOffsets(gap.First, await late.TakeAsync(SmallMaxMessages));
        late.Cut();

        // Once told, the gap is behind the reader.
        await Alice.PublishAsync(channel, "64");
        AssertOffsets(64, await (await OpenAsync(channel, late.Cursor)).TakeAsync(1));
    }

    [Fact]
    public async Task A_log_that_was_lost_is_told_as_a_gap_of_another_epoch()
    {
        var channel = NewChannel();
        string? cursor;
        string? epoch;
        await using (var first = await StartAsync(("Realtime:Store:Kind", "memory")))
        {
            using var alice = await ServerClient.SignInAsync(first.Address);
            var reader = await OpenAsync(kind, alice, [channel], null);
            await alice.PublishRangeAsync(channel, 1, 5);
            await reader.TakeAsync(5);
            cursor = reader.Cursor;
            epoch = (await alice.HistoryAsync(channel)).GetProperty("epoch").GetString();
            await reader.DisposeAsync();
        }

        await using var second = await StartAsync(("Realtime:Store:Kind", "memory"));
        using var returned = await ServerClient.SignInAsync(second.Address);
        await returned.PublishRangeAsync(channel, 1, 8);
        var late = await OpenAsync(kind, returned, [channel], cursor);
        var gap = await late.NextAsync<GapEvent>("gap");
        Assert.Equal((channel, 1L, 8L, "epoch"), (gap.Channel, gap.First, gap.Head, gap.Reason));
        Assert.NotEqual(epoch, gap.Epoch);
        AssertOffsets(1, await late.TakeAsync(8));
        await late.DisposeAsync();
    }

    [Fact]
    public async Task A_log_that_was_lost_and_is_empty_is_told_too()
    {
        var channel = NewChannel();
        await Alice.PublishRangeAsync(channel, 1, 2);
        var reader = await OpenAsync(channel, "earliest");
        await reader.TakeAsync(2);
        await using var other = await StartAsync(("Realtime:Store:Kind", "memory"));
        using var returned = await ServerClient.SignInAsync(other.Address);
        var late = await OpenAsync(kind, returned, [channel], reader.Cursor);
        var gap = await late.NextAsync<GapEvent>("gap");
        Assert.Equal((1L, 0L, "epoch"), (gap.First, gap.Head, gap.Reason));
        await returned.PublishAsync(channel, "1");
        AssertOffsets(1, await late.TakeAsync(1));
        await late.DisposeAsync();
    }
}
