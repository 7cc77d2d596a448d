using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

public sealed class PollTests(SharedServer server) : ProtocolTest(server)
{
    [Theory]
    [InlineData("")]
    [InlineData("&cursor=latest")]
    [InlineData("&cursor=earliest")]
    [InlineData("&wait=30")]
    [InlineData("&wait=30&cursor=latest")]
    [InlineData("&wait=30&cursor=earliest")]
    [InlineData("&wait=30&cursor=")]
    public async Task A_poll_without_a_cursor_learns_its_cursor_at_once(string query)
    {
        var began = Stopwatch.GetTimestamp();
        using var response = await PollAsync(query);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-store, no-transform", string.Join(", ", response.Headers.GetValues("Cache-Control")));
        var answer = await ServerClient.JsonAsync(response);
        Assert.NotEmpty(answer.GetProperty("cursor").GetString()!);
        Assert.Empty(answer.GetProperty("messages").EnumerateArray());
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
    }

    [Fact]
    public async Task A_short_poll_with_nothing_new_is_204_with_when_to_come_back()
    {
        using var response = await PollAsync("&cursor=" + await CursorAsync());
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_short_poll_with_news_is_200_with_when_to_come_back()
    {
        var cursor = await CursorAsync();
        await Alice.PublishAsync(Channel, "1");
        using var response = await PollAsync("&cursor=" + cursor);
        var answer = await ServerClient.JsonAsync(response);
        Assert.Single(answer.GetProperty("messages").EnumerateArray());
        Assert.True(answer.GetProperty("pollAfter").GetInt64() >= 0);
        using var after = await PollAsync("&cursor=" + answer.GetProperty("cursor").GetString());
        Assert.Equal(HttpStatusCode.NoContent, after.StatusCode);
    }

    [Fact]
    public async Task A_lost_answer_is_given_again()
    {
        var cursor = await CursorAsync();
        await Alice.PublishRangeAsync(Channel, 1, 3);
        for (var i = 0; i < 2; i++)
        {
            using var response = await PollAsync("&cursor=" + cursor);
            Assert.Equal(3, (await ServerClient.JsonAsync(response)).GetProperty("messages").GetArrayLength());
        }
    }

    [Fact]
    public async Task A_long_poll_is_204_when_time_ran_out()
    {
        var cursor = await CursorAsync();
        var began = Stopwatch.GetTimestamp();
        using var response = await PollAsync("&wait=1&cursor=" + cursor);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.95, 20);
    }

    [Fact]
    public async Task A_long_poll_is_answered_when_something_comes()
    {
        var cursor = await CursorAsync();
        var waiting = PollAsync("&wait=55&cursor=" + cursor);
        await Alice.PublishAsync(Channel, "1");
        using var response = await Deadline.WithinAsync(waiting, "answer to the poll");
        Assert.Single((await ServerClient.JsonAsync(response)).GetProperty("messages").EnumerateArray());
    }

    [Theory]
    [InlineData("wait=1", "wait=1")]
    [InlineData("respond-async, wait=2", "wait=2")]
    [InlineData("wait=100", "wait=55")]
    public async Task A_preferred_wait_is_applied_and_said(string preference, string applied)
    {
        using var response = await Alice.GetAsync($"api/poll?channels={Channel}", $"Prefer: {preference}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(applied, response.Headers.GetValues("Preference-Applied").Single());
    }

    [Fact]
    public async Task A_preferred_wait_holds_the_poll()
    {
        var cursor = await CursorAsync();
        var began = Stopwatch.GetTimestamp();
        using var response = await Alice.GetAsync($"api/poll?channels={Channel}&cursor={cursor}", "Prefer: wait=1");
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("wait=1", response.Headers.GetValues("Preference-Applied").Single());
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.95, 20);
    }

    [Theory]
    [InlineData("&wait=-1", "wait")]
    [InlineData("&wait=x", "wait")]
    [InlineData("&wait=", "wait")]
    [InlineData("&wait=NaN", "wait")]
    [InlineData("&wait=-Infinity", "wait")]
    [InlineData("&limit=0", "limit")]
    [InlineData("&limit=-5", "limit")]
    [InlineData("&limit=x", "limit")]
    public async Task A_number_that_is_none_is_refused_wherever_it_occurs(string query, string field)
    {
        await RefusedAsync(await PollAsync(query), 400, "invalid-request", field);
        await RefusedAsync(await Alice.GetAsync($"api/stream?channels={Channel}{query}"), 400, "invalid-request", field);
    }

    [Fact]
    public async Task A_limit_cuts_the_answer_and_the_cursor_goes_on_after_it()
    {
        await Alice.PublishRangeAsync(Channel, 1, 1500);
        var first = await JsonAsync("&cursor=earliest&limit=5000");
        Assert.Equal(1000, first.GetProperty("messages").GetArrayLength());
        var second = await JsonAsync($"&limit=2&cursor={first.GetProperty("cursor").GetString()}");
        Assert.Equal([1001, 1002], second.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("offset").GetInt32()));
        Assert.Equal(0, second.GetProperty("pollAfter").GetInt64());
    }

    [Fact]
    public async Task No_channel_starves_behind_a_busy_one()
    {
        await Alice.PublishRangeAsync(Channel, 1, 500);
        await Alice.PublishAsync(Channel + ".quiet", "1");
        using var response = await Alice.GetAsync($"api/poll?channels={Channel},{Channel}.quiet&cursor=earliest&limit=10");
        var messages = (await ServerClient.JsonAsync(response)).GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(10, messages.Count);
        Assert.Contains(messages, message => message.GetProperty("channel").GetString() == Channel + ".quiet");
    }

    [Fact]
    public async Task A_POST_takes_the_same_as_a_body()
    {
        await Alice.PublishRangeAsync(Channel, 1, 5);
        using var response = await Alice.PostAsync("api/poll", $$"""{"channels":["{{Channel}}"],"cursor":"earliest","limit":2,"wait":10}""");
        Assert.Equal(2, (await ServerClient.JsonAsync(response)).GetProperty("messages").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"channels":"a"}""", "invalid-request")]
    [InlineData("""{"channels":[1]}""", "invalid-request")]
    [InlineData("""{"channels":[]}""", "invalid-request")]
    [InlineData("{}", "invalid-request")]
    [InlineData("[]", "invalid-request")]
    [InlineData("""{"channels":["a"],"limit":"many"}""", "invalid-request")]
    [InlineData("""{"channels":["a"],"limit":0}""", "invalid-request")]
    [InlineData("""{"channels":["a"],"wait":-1}""", "invalid-request")]
    [InlineData("""{"channels":["a"],"wait":[]}""", "invalid-request")]
    [InlineData("""{"channels":["a"],"cursor":5}""", "invalid-request")]
    [InlineData("""{"channels":["a"],"cursor":"x"}""", "invalid-cursor")]
    [InlineData("""{"channels":["a b"]}""", "invalid-channel")]
    public async Task A_bad_body_is_refused(string body, string name)
    {
        await RefusedAsync(await Alice.PostAsync("api/poll", body), 400, name);
        await RefusedAsync(await Alice.PostAsync("api/stream", body), 400, name);
    }

    [Theory]
    [InlineData("api/poll", "invalid-request")]
    [InlineData("api/poll?channels=", "invalid-request")]
    [InlineData("api/poll?channels=-", "invalid-channel")]
    [InlineData("api/stream?channels=a,caf%C3%A9", "invalid-channel")]
    [InlineData("api/stream", "invalid-request")]
    public async Task A_reader_must_name_channels(string path, string name) => await RefusedAsync(await Alice.GetAsync(path), 400, name);

    private Task<HttpResponseMessage> PollAsync(string query) => Alice.GetAsync($"api/poll?channels={Channel}{query}");

    private async Task<JsonElement> JsonAsync(string query)
    {
        using var response = await PollAsync(query);
        return await ServerClient.JsonAsync(response);
    }

    private async Task<string> CursorAsync() => (await JsonAsync("")).GetProperty("cursor").GetString()!;
}
