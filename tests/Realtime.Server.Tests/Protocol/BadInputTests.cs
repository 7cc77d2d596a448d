using System.Net;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Protocol;

/// <summary>What is wrong gets its problem document and changes nothing.</summary>
public sealed class BadInputTests(SharedServer server) : ProtocolTest(server)
{
    public static TheoryData<string> NoJson =>
    [
        "{", "}", "{\"data\":}", "{\"data\":1} x", "{\"data\":1}{\"data\":2}", "{'data':1}", "{\"data\":1,}", "{\"data\":/*c*/1}", "{\"data\":NaN}",
        "{\"data\":01}", "{\"data\":\"a\nb\"}", "{\"data\":\"\\x\"}", "{\"data\":\"\\u12\"}", "{\"data\":tru", " ", "\0",
    ];

    public static TheoryData<string, string?> WrongTypes => new()
    {
        { "[]", null }, { "1", null }, { "\"data\"", null }, { "null", null }, { "{}", "data" },
        { """{"data":1,"id":5}""", "id" }, { """{"data":1,"id":["a"]}""", "id" }, { """{"data":1,"id":""}""", "id" }, { """{"data":1,"id":"a b"}""", "id" },
        { """{"data":1,"id":"é"}""", "id" }, { """{"data":1,"id":"\ud800"}""", "id" },
        { """{"data":1,"type":5}""", "type" }, { """{"data":1,"type":{}}""", "type" }, { """{"data":1,"type":""}""", "type" }, { """{"data":1,"type":"a/b"}""", "type" },
    };

    public static TheoryData<string> BrokenText =>
    [
        "\"\\ud800\"", "\"\\udc00\"", "\"\\udc00\\ud800\"", "\"a\\ud83d b\"", "{\"\\ud800\":1}", "[{\"a\":[\"\\uD83D\"]}]", "\"\\ud83d\\ud83d\\ude00\"",
    ];

    [Theory]
    [MemberData(nameof(NoJson))]
    public Task A_body_that_is_no_JSON_is_refused(string body) => RefusedAndNothingChangedAsync(PublishAsync(body), 400, "invalid-request");

    [Theory]
    [MemberData(nameof(WrongTypes))]
    public Task A_field_of_the_wrong_kind_is_refused_by_its_name(string body, string? field) =>
        RefusedAndNothingChangedAsync(PublishAsync(body), 400, "invalid-request", field);

    [Theory]
    [MemberData(nameof(BrokenText))]
    public Task Half_of_a_surrogate_pair_is_refused(string data) =>
        RefusedAndNothingChangedAsync(PublishAsync($$"""{"data":{{data}}}"""), 400, "invalid-request");

    [Theory]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xFF })]
    public Task Bytes_that_are_no_UTF8_are_refused(byte[] text) => RefusedAndNothingChangedAsync(
        Alice.SendAsync(HttpMethod.Post, Messages, Content([.. "{\"data\":\""u8, .. text, .. "\"}"u8], "application/json")), 400, "invalid-request");

    [Theory]
    [InlineData(64, 201)]
    [InlineData(65, 400)]
    [InlineData(900, 400)]
    public async Task Data_may_be_nested_64_levels_deep(int depth, int status)
    {
        foreach (var (open, close) in new[] { ("[", "]"), ("{\"a\":", "}") })
        {
            var data = string.Concat(Enumerable.Repeat(open, depth)) + (open == "[" ? "" : "1") + string.Concat(Enumerable.Repeat(close, depth));
            using var response = await PublishAsync($$"""{"data":{{data}}}""");
            Assert.Equal(status, (int)response.StatusCode);
        }

        Assert.Equal(status == 201 ? 2 : 0, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public Task Nesting_without_end_is_refused() =>
        RefusedAndNothingChangedAsync(PublishAsync("{\"data\":" + new string('[', 70_000)), 400, "invalid-request");

    [Theory]
    [InlineData('x', 65_534, 201)]
    [InlineData('x', 65_535, 413)]
    [InlineData('é', 32_767, 201)]
    [InlineData('é', 32_768, 413)]
    public async Task Size_is_the_UTF8_bytes_of_data(char letter, int count, int status)
    {
        using var response = await PublishAsync($$"""{"data":"{{new string(letter, count)}}"}""");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 201 ? 1 : 0, await Alice.HeadAsync(Channel));
    }

    [Fact]
    public async Task Size_counts_data_as_it_was_sent()
    {
        await RefusedAndNothingChangedAsync(PublishAsync($$"""{"data":[{{new string(' ', 65_535)}}]}"""), 413, "too-large");
        await RefusedAndNothingChangedAsync(PublishAsync($$"""{"data":"{{string.Concat(Enumerable.Repeat("\\u0041", 11_000))}}"}"""), 413, "too-large");
    }

    [Fact]
    public Task A_body_that_is_too_large_is_refused() =>
        RefusedAndNothingChangedAsync(PublishAsync($$"""{"data":"{{new string('x', 2_000_000)}}"}"""), 413, "too-large");

    [Fact]
    public async Task Names_are_at_most_64_characters_long()
    {
        await RefusedAndNothingChangedAsync(PublishAsync($$"""{"data":1,"id":"{{new string('i', 65)}}"}"""), 400, "invalid-request", "id");
        await RefusedAndNothingChangedAsync(PublishAsync($$"""{"data":1,"type":"{{new string('t', 65)}}"}"""), 400, "invalid-request", "type");
        using var longest = await PublishAsync($$"""{"data":1,"id":"{{new string('i', 64)}}","type":"{{new string('t', 64)}}"}""");
        Assert.Equal(HttpStatusCode.Created, longest.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("nonsense")]
    public Task A_body_of_another_kind_is_refused(string? contentType) => RefusedAndNothingChangedAsync(
        Alice.SendAsync(HttpMethod.Post, Messages, Content("""{"data":1}""", contentType)), 415, "unsupported-media-type");

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON; Charset=\"UTF-8\"")]
    public async Task JSON_in_UTF8_is_taken(string contentType)
    {
        using var response = await Alice.SendAsync(HttpMethod.Post, Messages, Content("""{"data":1}""", contentType));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
    }

    [Fact]
    public async Task What_is_not_there_is_404() => await RefusedAsync(await Alice.GetAsync("api/nothing/here"), 404, "not-found");

    [Theory]
    [InlineData("DELETE", "api/channels/a/messages", "GET, POST")]
    [InlineData("GET", "api/publish", "POST")]
    [InlineData("PUT", "api/poll", "GET, POST")]
    [InlineData("GET", "api/tickets", "POST")]
    [InlineData("POST", "api/ws", "GET, CONNECT")]
    public async Task A_method_that_the_address_does_not_take_is_405(string method, string path, string allow)
    {
        var response = await Alice.SendAsync(new HttpMethod(method), path);
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
        await RefusedAsync(response, 405, "method-not-allowed");
    }

    [Theory]
    [InlineData("GET", "api/poll?channels=a")]
    [InlineData("GET", "api/stream?channels=a")]
    [InlineData("GET", "api/channels/a/messages")]
    [InlineData("POST", "api/channels/a/messages")]
    [InlineData("POST", "api/publish")]
    [InlineData("POST", "api/broadcast")]
    [InlineData("POST", "api/channels/a/signals")]
    [InlineData("POST", "api/tickets")]
    [InlineData("GET", "api/stats")]
    public async Task A_request_without_a_token_is_401(string method, string path)
    {
        using var nobody = new ServerClient(Server.Address, null);
        using var stale = new ServerClient(Server.Address, TestToken.Create("alice", TimeSpan.FromMinutes(-1)));
        using var forged = new ServerClient(Server.Address, TestToken.Create("alice", TimeSpan.FromMinutes(5), new string('k', 40)));
        foreach (var client in new[] { nobody, stale, forged })
        {
            var response = await client.SendAsync(new HttpMethod(method), path, method == "POST" ? Content("{}", "application/json") : null);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
            await RefusedAsync(response, 401, "unauthenticated");
        }
    }

    private async Task RefusedAndNothingChangedAsync(Task<HttpResponseMessage> request, int status, string name, string? field = null)
    {
        await RefusedAsync(await request, status, name, field);
        Assert.Equal(0, await Alice.HeadAsync(Channel));
    }
}
