using System.Globalization;
using System.Net;
using System.Text.Json;
using Realtime.Testing.Clients;
using Realtime.Testing.Conformance;

namespace Realtime.Server.Tests.Protocol;

public sealed class HistoryTests(SharedServer server) : ProtocolTest(server)
{
    [Theory]
    [InlineData("", 51, 150)]
    [InlineData("?limit=10", 141, 150)]
    [InlineData("?after=0&limit=3", 1, 3)]
    [InlineData("?after=41", 42, 141)]
    [InlineData("?after=149", 150, 150)]
    [InlineData("?before=42", 1, 41)]
    [InlineData("?before=42&limit=5", 37, 41)]
    [InlineData("?before=1000&limit=2", 149, 150)]
    [InlineData("?limit=5000", 1, 150)]
    [InlineData("?limit=99999999999999999999", 1, 150)]
    public async Task A_page_is_ascending_whichever_end_is_asked_for(string query, int first, int last)
    {
        await Alice.PublishRangeAsync(Channel, 1, 150);
        var history = await Alice.HistoryAsync(Channel, query);
        Assert.Equal((Channel, 1L, 150L), (history.GetProperty("channel").GetString(), history.GetProperty("first").GetInt64(), history.GetProperty("head").GetInt64()));
        Assert.Equal(Enumerable.Range(first, last - first + 1), Offsets(history));
        Assert.False(history.TryGetProperty("gap", out _));
    }

    [Theory]
    [InlineData("?after=150")]
    [InlineData("?before=1")]
    [InlineData("?before=0")]
    public async Task A_page_beyond_either_end_is_empty(string query)
    {
        await Alice.PublishRangeAsync(Channel, 1, 150);
        Assert.Empty(Offsets(await Alice.HistoryAsync(Channel, query)));
    }

    [Fact]
    public async Task A_channel_that_nobody_wrote_to_is_empty()
    {
        var history = await Alice.HistoryAsync(Channel);
        Assert.Equal(0, history.GetProperty("head").GetInt64());
        Assert.Empty(Offsets(history));
    }

    [Fact]
    public async Task Since_a_time_includes_it()
    {
        var times = new List<string>();
        for (var number = 1; number <= 3; number++)
        {
            // A new message of a later time, however coarse the clock.
            var answer = await Deadline.UntilAsync(
                () => Alice.PublishAsync(Channel, $"{number}"), seen => !times.Contains(seen.GetProperty("time").GetString()!), "later time");
            times.Add(answer.GetProperty("time").GetString()!);
        }

        var all = (await Alice.HistoryAsync(Channel)).GetProperty("messages").EnumerateArray().ToList();
        foreach (var time in times)
        {
            var since = await Alice.HistoryAsync(Channel, $"?since={time}");
            Assert.Equal(all.Where(message => string.CompareOrdinal(message.GetProperty("time").GetString(), time) >= 0).Select(Offset), Offsets(since));
        }

        var later = ReceivedMessage.ReadTime(times[2]).AddMilliseconds(1).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        Assert.Empty(Offsets(await Alice.HistoryAsync(Channel, $"?since={later}")));
        Assert.Equal(all.Count, Offsets(await Alice.HistoryAsync(Channel, "?since=2001-01-01T00:00:00Z")).Count());
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=-1", "limit")]
    [InlineData("?limit=x", "limit")]
    [InlineData("?limit=", "limit")]
    [InlineData("?limit=NaN", "limit")]
    [InlineData("?after=-1", "after")]
    [InlineData("?after=x", "after")]
    [InlineData("?after=1.5", "after")]
    [InlineData("?after=99999999999999999999", "after")]
    [InlineData("?before=x", "before")]
    [InlineData("?since=yesterday", "since")]
    [InlineData("?since=", "since")]
    public async Task A_place_that_is_none_is_refused(string query, string field) =>
        await RefusedAsync(await Alice.GetAsync(Messages + query), 400, "invalid-request", field);

    [Fact]
    public async Task A_matching_ETag_is_answered_by_304_until_something_comes()
    {
        await Alice.PublishAsync(Channel, "1");
        using var first = await Alice.GetAsync(Messages);
        var etag = first.Headers.ETag!.ToString();
        Assert.Contains("no-store", first.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Contains("no-transform", first.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        foreach (var matching in new[] { etag, $"\"x\", {etag}", "W/" + etag })
        {
            using var unchanged = await Alice.GetAsync(Messages, $"If-None-Match: {matching}");
            Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
            Assert.Equal(etag, unchanged.Headers.ETag!.ToString());
            Assert.Empty(await unchanged.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }

        using var other = await Alice.GetAsync(Messages, "If-None-Match: \"other\"");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        await Alice.PublishAsync(Channel, "2");
        using var changed = await Alice.GetAsync(Messages, $"If-None-Match: {etag}");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(etag, changed.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_page_after_what_was_trimmed_tells_the_gap()
    {
        var channel = $"{TransportConformance.SmallNamespace}:{Guid.NewGuid():N}";
        await Alice.PublishRangeAsync(channel, 1, 50);
        var trimmed = await Deadline.UntilAsync(
            () => Alice.HistoryAsync(channel, "?after=5"), seen => seen.GetProperty("first").GetInt64() == 41, "trimmed history");
        Assert.Equal(
            new GapEvent(channel, trimmed.GetProperty("epoch").GetString()!, 6, 41, 50, "trimmed"), GapEvent.Read(trimmed.GetProperty("gap")));
        Assert.Equal(Enumerable.Range(41, 10), Offsets(trimmed));
        Assert.False((await Alice.HistoryAsync(channel, "?after=40")).TryGetProperty("gap", out _));
        Assert.False((await Alice.HistoryAsync(channel)).TryGetProperty("gap", out _));
    }

    [Fact]
    public async Task A_channel_never_holds_twice_what_it_keeps()
    {
        var channel = $"{TransportConformance.SmallNamespace}:{Guid.NewGuid():N}";
        for (var first = 1; first <= 100; first += 10)
        {
            await Alice.PublishRangeAsync(channel, first, 10);
            var history = await Alice.HistoryAsync(channel);
            Assert.InRange(
                history.GetProperty("head").GetInt64() - history.GetProperty("first").GetInt64() + 1, 1, (2 * TransportConformance.SmallMaxMessages) - 1);
        }
    }

    [Fact]
    public async Task History_that_the_user_may_not_read_is_refused() =>
        await RefusedAsync(await Alice.GetAsync("api/channels/dm:bob:carol/messages"), 403, "forbidden");

    private static int Offset(JsonElement message) => message.GetProperty("offset").GetInt32();

    private static IEnumerable<int> Offsets(JsonElement history) => history.GetProperty("messages").EnumerateArray().Select(Offset);
}
