using System.Net;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

public sealed class BatchTests(SharedServer server) : ProtocolTest(server)
{
    [Fact]
    public async Task Results_come_in_the_order_of_the_messages_and_a_bad_one_stops_no_other()
    {
        var results = await PublishBatchAsync($$"""
            {"messages":[
                {"channel":"{{Channel}}","data":"first","id":"a"},
                {"channel":"not a channel","data":1},
                {"channel":"{{Channel}}"},
                {"channel":"user:bob","data":1},
                17,
                {"channel":"{{Channel}}","data":{{new string('[', 65) + new string(']', 65)}}},
                {"channel":"{{Channel}}","data":"\ud800"},
                {"channel":"{{Channel}}","data":"{{new string('x', 65_535)}}"},
                {"channel":"{{Channel}}","data":"first","id":"a"},
                {"channel":"{{Channel}}","data":"other","id":"a"},
                {"channel":"{{Channel}}","data":"last","type":"t","ignored":true}
            ]}
            """);
        Assert.Equal(11, results.Count);
        Assert.Equal(1, results[0].GetProperty("offset").GetInt64());
        AssertProblem(results[1], 400, "invalid-channel");
        AssertProblem(results[2], 400, "invalid-request");
        AssertProblem(results[3], 403, "forbidden");
        AssertProblem(results[4], 400, "invalid-request");
        AssertProblem(results[5], 400, "invalid-request");
        AssertProblem(results[6], 400, "invalid-request");
        AssertProblem(results[7], 413, "too-large");
        Assert.Equal(results[0].GetRawText(), results[8].GetRawText());
        AssertProblem(results[9], 409, "id-conflict");
        Assert.Equal(2, results[10].GetProperty("offset").GetInt64());
        var history = await Alice.HistoryAsync(Channel);
        Assert.Equal(["first", "last"], history.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("data").GetString()));
    }

    [Fact]
    public async Task A_broadcast_goes_into_every_channel()
    {
        string[] channels = [Channel + ".1", Channel + ".2"];
        using var response = await Alice.PostAsync(
            "api/broadcast", $$"""{"channels":["{{channels[0]}}","user:bob","{{channels[1]}}","?"],"data":{"n":1},"type":"news"}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var results = (await ServerClient.JsonAsync(response)).GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(channels[0], results[0].GetProperty("channel").GetString());
        AssertProblem(results[1], 403, "forbidden");
        Assert.Equal(channels[1], results[2].GetProperty("channel").GetString());
        AssertProblem(results[3], 400, "invalid-channel");
        foreach (var channel in channels)
        {
            var message = (await Alice.HistoryAsync(channel)).GetProperty("messages")[0];
            Assert.Equal(("news", 1), (message.GetProperty("type").GetString(), message.GetProperty("data").GetProperty("n").GetInt32()));
        }
    }

    [Fact]
    public async Task A_thousand_messages_are_taken_and_not_one_more()
    {
        await Alice.PublishRangeAsync(Channel, 1, 1000);
        Assert.Equal(1000, await Alice.HeadAsync(Channel));
        var messages = string.Join(',', Enumerable.Repeat($$"""{"channel":"{{Channel}}","data":1}""", 1001));
        await RefusedAsync(await Alice.PostAsync("api/publish", $$"""{"messages":[{{messages}}]}"""), 400, "invalid-request", "messages");
        var channels = string.Join(',', Enumerable.Repeat($"\"{Channel}\"", 1001));
        await RefusedAsync(await Alice.PostAsync("api/broadcast", $$"""{"channels":[{{channels}}],"data":1}"""), 400, "invalid-request", "channels");
        Assert.Equal(1000, await Alice.HeadAsync(Channel));
    }

    [Theory]
    [InlineData("publish", "{}")]
    [InlineData("publish", """{"messages":{}}""")]
    [InlineData("publish", """{"messages":"x"}""")]
    [InlineData("publish", "[]")]
    [InlineData("broadcast", "{}")]
    [InlineData("broadcast", """{"channels":"a","data":1}""")]
    [InlineData("broadcast", """{"channels":[1],"data":1}""")]
    public async Task A_batch_that_is_no_list_is_refused(string address, string body) =>
        await RefusedAsync(await Alice.PostAsync("api/" + address, body), 400, "invalid-request");

    private async Task<List<JsonElement>> PublishBatchAsync(string body)
    {
        using var response = await Alice.PostAsync("api/publish", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return [.. (await ServerClient.JsonAsync(response)).GetProperty("results").EnumerateArray()];
    }
}
