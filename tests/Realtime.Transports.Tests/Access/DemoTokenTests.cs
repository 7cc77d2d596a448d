using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Realtime.Transports.Tests.Access;

public sealed class DemoTokenTests : IAsyncLifetime
{
    private AccessServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await AccessServer.StartDemoAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_name_is_enough_for_a_token_of_a_day()
    {
        var answer = await (await AskAsync(new { user = "alice" })).JsonAsync(200);
        Assert.Equal(86_400, answer.GetProperty("expiresIn").GetInt32());

        var body = await (await ProbeAsync(answer)).JsonAsync(200);
        Assert.Equal("alice", body.GetProperty("user").GetString());
        Assert.Equal(_server.Time.GetUtcNow().AddDays(1), body.GetProperty("expiresAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Claims_and_lifetime_are_as_asked()
    {
        var answer = await (await AskAsync(new { user = "a", read = Array.Empty<string>(), pub = new List<string> { "room:*", "*" }, expiresIn = 5 })).JsonAsync(200);
        Assert.Equal(5, answer.GetProperty("expiresIn").GetInt32());

        var body = await (await ProbeAsync(answer)).JsonAsync(200);
        Assert.False(body.GetProperty("read").GetBoolean());
        Assert.True(body.GetProperty("publish").GetBoolean());
        _server.Time.Advance(TimeSpan.FromSeconds(35));
        await (await ProbeAsync(answer)).ProblemAsync(401, "unauthenticated");
    }

    [Theory]
    [InlineData("""{}""", "user")]
    [InlineData("""{"user":""}""", "user")]
    [InlineData("""{"user":null}""", "user")]
    [InlineData("""{"user":5}""", "user")]
    [InlineData("""{"user":["alice"]}""", "user")]
    [InlineData("""{"user":"a:b"}""", "user")]
    [InlineData("""{"user":"zoë"}""", "user")]
    [InlineData("""{"user":"a b"}""", "user")]
    [InlineData("""{"user":"\ud800"}""", "user")]
    [InlineData("""{"user":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""", "user")]
    [InlineData("""{"user":"alice","pub":"room:*"}""", "pub")]
    [InlineData("""{"user":"alice","pub":["r*m"]}""", "pub[0]")]
    [InlineData("""{"user":"alice","read":["room:*",5]}""", "read[1]")]
    [InlineData("""{"user":"alice","read":["room:*",":a"]}""", "read[1]")]
    [InlineData("""{"user":"alice","expiresIn":0}""", "expiresIn")]
    [InlineData("""{"user":"alice","expiresIn":1.5}""", "expiresIn")]
    [InlineData("""{"user":"alice","expiresIn":604801}""", "expiresIn")]
    [InlineData("""{"user":"alice","expiresIn":"60"}""", "expiresIn")]
    public async Task A_bad_field_is_named(string json, string field)
    {
        var problem = await (await AskRawAsync(json)).ProblemAsync(400, "invalid-request");

        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(one => one.Name));
    }

    [Fact]
    public async Task Other_methods_are_told_which_one_is_taken()
    {
        var response = await _server.SendAsync(HttpMethod.Get, "/api/demo/token");

        await response.ProblemAsync(405, "method-not-allowed");
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task The_audience_that_tokens_must_have_is_in_a_demo_token()
    {
        await using var server = await AccessServer.StartDemoAsync(("Realtime:Auth:Audience", "chat"));

        var answer = await (await server.SendAsync(HttpMethod.Post, "/api/demo/token", new { user = "alice" })).JsonAsync(200);

        await (await server.ProbeAsync(answer.GetProperty("token").GetString()!)).JsonAsync(200);
    }

    [Fact]
    public async Task With_a_key_configured_demo_tokens_are_signed_by_it()
    {
        await using var demo = await AccessServer.StartDemoAsync(("Realtime:Auth:HmacKey", AccessServer.Key));
        await using var other = await AccessServer.StartJwtAsync();

        var answer = await (await demo.SendAsync(HttpMethod.Post, "/api/demo/token", new { user = "alice" })).JsonAsync(200);

        await (await other.ProbeAsync(answer.GetProperty("token").GetString()!)).JsonAsync(200);
    }

    [Fact]
    public async Task Tokens_survive_a_restart_where_the_key_is_kept_and_not_where_it_is_in_memory()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("realtime-").FullName, "data", "realtime.key");
        string kept, lost;
        await using (var first = await AccessServer.StartDemoAsync(("Realtime:Auth:KeyPath", path)))
        {
            kept = (await (await first.SendAsync(HttpMethod.Post, "/api/demo/token", new { user = "alice" })).JsonAsync(200)).GetProperty("token").GetString()!;
            lost = (await (await AskAsync(new { user = "alice" })).JsonAsync(200)).GetProperty("token").GetString()!;
        }

        await using var second = await AccessServer.StartDemoAsync(("Realtime:Auth:KeyPath", path));

        await (await second.ProbeAsync(kept)).JsonAsync(200);
        await (await second.ProbeAsync(lost)).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task Demo_mode_is_told_in_the_log_and_in_jwt_mode_there_are_no_demo_tokens()
    {
        Assert.Contains(_server.Log.Lines, line => line is { Level: LogLevel.Warning, Id.Name: "DemoMode" });

        await using var jwt = await AccessServer.StartJwtAsync();
        await (await jwt.SendAsync(HttpMethod.Post, "/api/demo/token", new { user = "alice" })).ProblemAsync(404, "not-found");
        Assert.DoesNotContain(jwt.Log.Lines, line => line.Id.Name == "DemoMode");
    }

    private Task<HttpResponseMessage> AskAsync(object body) => _server.SendAsync(HttpMethod.Post, "/api/demo/token", body);

    private async Task<HttpResponseMessage> AskRawAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        return await _server.Http.PostAsync("/api/demo/token", content, TestContext.Current.CancellationToken);
    }

    private Task<HttpResponseMessage> ProbeAsync(JsonElement answer) => _server.ProbeAsync(answer.GetProperty("token").GetString()!);
}
