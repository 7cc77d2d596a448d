using System.Net;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>Reading at one's own pace, and the inbox.</summary>
public sealed class ConsumerTests(SharedServer server) : ProtocolTest(server)
{
    private string Consumer => $"api/channels/{Channel}/consumers/worker";

    [Fact]
    public async Task A_consumer_begins_at_the_beginning_and_goes_on_where_it_committed()
    {
        await Alice.PublishRangeAsync(Channel, 1, 30);

        Assert.Equal((0L, 30L, 30L), await PlaceAsync(Consumer));
        Assert.Equal(Enumerable.Range(1, 10), await FetchAsync("?limit=10"));
        Assert.Equal(Enumerable.Range(1, 10), await FetchAsync("?limit=10"));
        Assert.Equal((10L, 30L, 20L), await CommitAsync("""{"offset":10}"""));
        Assert.Equal(Enumerable.Range(11, 20), await FetchAsync(""));
        Assert.Equal(Enumerable.Range(26, 5), await FetchAsync("?after=25"));
        Assert.Equal((10L, 30L, 20L), await PlaceAsync(Consumer));
    }

    [Fact]
    public async Task A_consumer_seeks_to_either_end_and_to_a_time()
    {
        await Alice.PublishRangeAsync(Channel, 1, 3);
        var time = (await Deadline.UntilAsync(
            async () => (await Alice.HistoryAsync(Channel)).GetProperty("messages")[2].GetProperty("time").GetString()!, _ => true, "a time"));

        Assert.Equal((3L, 3L, 0L), await CommitAsync("""{"seek":"latest"}"""));
        Assert.Empty(await FetchAsync(""));
        Assert.Equal((0L, 3L, 3L), await CommitAsync("""{"seek":"earliest"}"""));
        await CommitAsync($$"""{"seek":"{{time}}"}""");
        Assert.Contains(3, await FetchAsync(""));
        Assert.Equal((3L, 3L, 0L), await CommitAsync("""{"seek":"2999-01-01T00:00:00Z"}"""));
        Assert.Equal((0L, 3L, 3L), await CommitAsync("""{"seek":"1999-01-01T00:00:00Z"}"""));
    }

    [Theory]
    [InlineData("""{"offset":4}""", "offset")]
    [InlineData("""{"offset":-1}""", "offset")]
    [InlineData("""{"offset":1.5}""", "offset")]
    [InlineData("""{"offset":"1"}""", "offset")]
    [InlineData("""{"seek":"yesterday"}""", "seek")]
    [InlineData("""{"seek":5}""", "seek")]
    [InlineData("""{"offset":1,"seek":"latest"}""", null)]
    [InlineData("{}", null)]
    public async Task A_place_that_is_none_is_refused_and_changes_nothing(string body, string? field)
    {
        await Alice.PublishRangeAsync(Channel, 1, 3);
        await CommitAsync("""{"offset":2}""");

        await RefusedAsync(await PutAsync(Consumer, body), 400, "invalid-request", field);

        Assert.Equal((2L, 3L, 1L), await PlaceAsync(Consumer));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("wait=-1", "wait")]
    [InlineData("minBytes=0", "minBytes")]
    [InlineData("minBytes=1k", "minBytes")]
    [InlineData("after=-1", "after")]
    public async Task A_fetch_that_asks_for_nonsense_is_refused(string query, string field) =>
        await RefusedAsync(await Alice.GetAsync($"{Consumer}/messages?{query}"), 400, "invalid-request", field);

    [Fact]
    public async Task A_fetch_waits_for_as_many_bytes_as_it_asks_for()
    {
        await Alice.PublishAsync(Channel, "1");
        var fetching = Alice.GetAsync($"{Consumer}/messages?wait=50&minBytes=2000");
        // Each has 300 bytes of data, and less than 200 around it.
        for (var number = 2; number <= 5; number++)
        {
            Assert.False(fetching.IsCompleted);
            await Alice.PublishAsync(Channel, $"\"{new string('x', 300)}\"");
        }

        await Alice.PublishAsync(Channel, $"\"{new string('x', 300)}\"");
        using var response = await fetching;
        var offsets = Offsets(await ServerClient.JsonAsync(response));
        Assert.InRange(offsets.Count, 5, 6);
        Assert.Equal(Enumerable.Range(1, offsets.Count), offsets);
    }

    [Fact]
    public async Task A_fetch_whose_time_runs_out_gives_what_there_is()
    {
        await Alice.PublishAsync(Channel, "1");
        Assert.Equal([1], await FetchAsync("?wait=0.2&minBytes=100000"));
        Assert.Empty(await FetchAsync("?wait=0.2&after=1"));
    }

    [Fact]
    public async Task A_read_marker_is_everybodys_own_and_makes_the_inbox()
    {
        using var bob = await ServerClient.SignInAsync(Server.Address, $"bob-{Guid.NewGuid():N}");
        await Alice.PublishRangeAsync(Channel, 1, 5);
        await bob.PublishAsync(Channel, "6");
        var marked = $"{Channel}-marked";
        await Alice.PublishRangeAsync(marked, 1, 4);
        using var commit = await PutAsync($"api/channels/{marked}/consumers/me", """{"offset":3}""", bob);
        Assert.Equal(HttpStatusCode.OK, commit.StatusCode);

        var inbox = await Deadline.UntilAsync(
            async () => await ServerClient.JsonAsync(await bob.GetAsync("api/inbox")), seen => seen.GetProperty("channels").GetArrayLength() == 2, "both channels");

        Assert.Equal(
            [(Channel, 6, 0, 6), (marked, 4, 3, 1)],
            inbox.GetProperty("channels").EnumerateArray()
                .Select(one => (one.GetProperty("channel").GetString()!, Number(one, "head"), Number(one, "offset"), Number(one, "unread"))).Order());
        Assert.Equal((0L, 4L, 4L), await PlaceAsync($"api/channels/{marked}/consumers/me"));
    }

    [Fact]
    public async Task A_consumer_is_forgotten_on_demand()
    {
        await Alice.PublishRangeAsync(Channel, 1, 3);
        await CommitAsync("""{"offset":2}""");

        using var removed = await Alice.SendAsync(HttpMethod.Delete, Consumer);
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        await RefusedAsync(await Alice.SendAsync(HttpMethod.Delete, Consumer), 404, "not-found");
        Assert.Equal((0L, 3L, 3L), await PlaceAsync(Consumer));
    }

    [Fact]
    public async Task Who_may_not_read_the_channel_has_no_consumer_there()
    {
        await RefusedAsync(await Alice.GetAsync("api/channels/user:bob/consumers/worker"), 403, "forbidden");
        await RefusedAsync(await PutAsync("api/channels/user:bob/consumers/me", """{"offset":0}"""), 403, "forbidden");
        await RefusedAsync(await Alice.GetAsync("api/channels/user:bob/consumers/worker/messages"), 403, "forbidden");
        await RefusedAsync(await Alice.GetAsync($"api/channels/{Channel}/consumers/a%20b"), 400, "invalid-request", "consumer");
    }

    private async Task<(long Offset, long Head, long Lag)> PlaceAsync(string path) => await PlaceAsync(await Alice.GetAsync(path));

    private async Task<(long Offset, long Head, long Lag)> CommitAsync(string body) => await PlaceAsync(await PutAsync(Consumer, body));

    private static async Task<(long Offset, long Head, long Lag)> PlaceAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var place = await ServerClient.JsonAsync(response);
            return (place.GetProperty("offset").GetInt64(), place.GetProperty("head").GetInt64(), place.GetProperty("lag").GetInt64());
        }
    }

    private async Task<List<int>> FetchAsync(string query)
    {
        using var response = await Alice.GetAsync($"{Consumer}/messages{query}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var page = await ServerClient.JsonAsync(response);
        Assert.False(page.TryGetProperty("gap", out _));
        return Offsets(page);
    }

    private Task<HttpResponseMessage> PutAsync(string path, string body, ServerClient? client = null) =>
        (client ?? Alice).SendAsync(HttpMethod.Put, path, Content(body, "application/json"));

    private static List<int> Offsets(JsonElement page) => [.. page.GetProperty("messages").EnumerateArray().Select(message => Number(message, "offset"))];

    private static int Number(JsonElement element, string field) => element.GetProperty(field).GetInt32();
}
