using System.Net;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

public sealed class PublishTests(SharedServer server) : ProtocolTest(server)
{
    [Fact]
    public async Task A_publish_is_answered_by_where_the_message_is()
    {
        using var response = await PublishAsync("""{"data":1,"id":"first"}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var answer = await ServerClient.JsonAsync(response);
        Assert.Equal(["channel", "epoch", "id", "offset", "time"], answer.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal((Channel, 1L, "first"), (answer.GetProperty("channel").GetString(), answer.GetProperty("offset").GetInt64(), answer.GetProperty("id").GetString()));
        ReceivedMessage.ReadTime(answer.GetProperty("time").GetString()!);
        Assert.Equal((await Alice.HistoryAsync(Channel)).GetProperty("epoch").GetString(), answer.GetProperty("epoch").GetString());
    }

    [Theory]
    [InlineData("""{"data":{"a":1,"b":[2]},"id":"x","type":"t"}""")]
    [InlineData("""{"type":"t","id":"x","data":{ "b" : [ 2.0 ] , "\u0061":1e0}}""")]
    public async Task The_same_message_again_is_answered_as_the_first_time(string again)
    {
        using var first = await PublishAsync("""{"data":{"a":1,"b":[2]},"id":"x","type":"t"}""");
        var answer = await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        await Alice.PublishAsync(Channel, "\"between\"");
        using var second = await PublishAsync(again);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal(answer, await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, await Alice.HeadAsync(Channel));
    }

    [Theory]
    [InlineData("""{"data":2,"id":"x"}""")]
    [InlineData("""{"data":"1","id":"x"}""")]
    [InlineData("""{"data":1,"id":"x","type":"other"}""")]
    public async Task The_same_id_with_other_content_is_a_conflict(string other)
    {
        await Alice.PublishAsync(Channel, "1", id: "x");
        await RefusedAsync(await PublishAsync(other), 409, "id-conflict");
        Assert.Equal(1, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public async Task An_id_is_unique_in_its_channel_alone()
    {
        await Alice.PublishAsync(Channel, "1", id: "x");
        Assert.Equal(1, (await Alice.PublishAsync(Channel + ".other", "2", id: "x")).GetProperty("offset").GetInt64());
    }

    [Fact]
    public async Task The_id_may_come_as_a_header()
    {
        using var first = await PublishAsync("""{"data":1}""", "Idempotency-Key: key-1");
        Assert.Equal("key-1", (await ServerClient.JsonAsync(first)).GetProperty("id").GetString());
        using var again = await PublishAsync("""{"data":1,"id":"key-1"}""", "Idempotency-Key: key-1");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await RefusedAsync(await PublishAsync("""{"data":1,"id":"key-1"}""", "Idempotency-Key: key-2"), 400, "invalid-request");
        await RefusedAsync(await PublishAsync("""{"data":1}""", "Idempotency-Key: not an id"), 400, "invalid-request");
        Assert.Equal(1, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public async Task Members_that_the_protocol_does_not_name_are_ignored()
    {
        using var response = await PublishAsync("""{"data":1,"user":"mallory","offset":99,"time":0,"extra":{"deep":[[[]]]}}""");
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var message = (await Alice.HistoryAsync(Channel)).GetProperty("messages")[0];
        Assert.Equal("alice", message.GetProperty("user").GetString());
        Assert.Equal(["channel", "data", "id", "offset", "time", "type", "user"], message.EnumerateObject().Select(member => member.Name).Order());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("1.0")]
    [InlineData("1e400")]
    [InlineData("123456789012345678901234567890.5")]
    [InlineData("\"\\u0041\\/\"")]
    [InlineData("{\"a\":1,\"a\":2}")]
    public async Task Data_is_carried_as_it_came(string data)
    {
        await Alice.PublishAsync(Channel, data);
        using var history = await Alice.GetAsync(Messages);
        Assert.Contains($"\"data\":{data}}}", await history.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("A.b_c:~@-z:")]
    public async Task A_channel_name_may_hold_any_character_of_the_alphabet(string name)
    {
        var channel = name + Channel.Replace(':', '.');
        Assert.Equal(channel, (await Alice.PublishAsync(channel, "1")).GetProperty("channel").GetString());
        Assert.Equal(channel.PadRight(128, 'x'), (await Alice.PublishAsync(channel.PadRight(128, 'x'), "1")).GetProperty("channel").GetString());
    }

    [Theory]
    [InlineData("-a")]
    [InlineData(".a")]
    [InlineData(":a")]
    [InlineData("a%20b")]
    [InlineData("caf%C3%A9")]
    [InlineData("a,b")]
    [InlineData("a%2Fb")]
    [InlineData("a*")]
    public async Task A_text_that_is_no_channel_name_is_refused(string name) =>
        await RefusedAsync(await Alice.PostAsync($"api/channels/{name}/messages", """{"data":1}"""), 400, "invalid-channel");

    [Fact]
    public async Task A_channel_name_that_is_too_long_is_refused() =>
        await RefusedAsync(await Alice.PostAsync($"api/channels/{new string('a', 129)}/messages", """{"data":1}"""), 400, "invalid-channel");

    [Fact]
    public async Task A_signal_is_accepted_and_not_stored()
    {
        using var response = await Alice.PostAsync($"api/channels/{Channel}/signals", """{"type":"typing"}""");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        await RefusedAsync(await Alice.PostAsync($"api/channels/{Channel}/signals", """{"data":1}"""), 400, "invalid-request", "type");
        await RefusedAsync(await Alice.PostAsync("api/channels/user:bob/signals", """{"type":"typing"}"""), 403, "forbidden");
        Assert.Equal(0, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public async Task Publishes_of_many_at_once_get_each_an_offset_of_its_own()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => Alice.PublishAsync(Channel, $"{number}")));
        Assert.Equal(Enumerable.Range(1, 200).Select(offset => (long)offset), answers.Select(answer => answer.GetProperty("offset").GetInt64()).Order());
    }
}
