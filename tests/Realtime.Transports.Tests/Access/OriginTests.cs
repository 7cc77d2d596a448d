namespace Realtime.Transports.Tests.Access;

public sealed class OriginTests : IAsyncLifetime
{
    private AccessServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await AccessServer.StartJwtAsync(("Realtime:Origins:0", "https://App.example.org"), ("Realtime:Origins:1", "http://other.example:8080/"));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("https://app.example.org", true)]
    [InlineData("https://app.example.org:443", true)]
    [InlineData("http://other.example:8080", true)]
    [InlineData("http://app.example.org", false)]
    [InlineData("https://app.example.org:8443", false)]
    [InlineData("https://app.example.org.evil.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("http://other.example", false)]
    [InlineData("http://localhost:1", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("file://", false)]
    [InlineData("https://app.example.org, https://evil.example", false)]
    public async Task Listed_origins_are_allowed_and_others_are_not(string origin, bool allowed) => await ExpectAsync(allowed, ("Origin", origin));

    [Fact]
    public async Task The_servers_own_origin_is_that_of_the_request()
    {
        await ExpectAsync(true, ("Origin", _server.Origin));
        await ExpectAsync(true, ("Origin", "http://chat.test"), ("Host", "chat.test"));
        await ExpectAsync(true, ("Origin", "http://chat.test"), ("Host", "Chat.test:80"));
        await ExpectAsync(true, ("Origin", "https://chat.test"), ("Host", "chat.test"), ("X-Test-Scheme", "https"));
        await ExpectAsync(false, ("Origin", "https://chat.test"), ("Host", "chat.test"));
        await ExpectAsync(false, ("Origin", "http://chat.test:81"), ("Host", "chat.test"));
    }

    [Fact]
    public Task What_sends_no_origin_is_no_page_and_is_allowed() => ExpectAsync(true);

    [Fact]
    public async Task Several_origins_in_one_setting_are_read_as_a_list()
    {
        await using var server = await AccessServer.StartJwtAsync(("Realtime:Origins", "https://a.example, https://b.example"));

        foreach (var origin in (string[])["https://a.example", "https://b.example"])
            Assert.Equal(200, (int)(await server.SendAsync(HttpMethod.Get, "/probe/origin", ("Origin", origin))).StatusCode);
    }

    [Fact]
    public async Task A_listed_origin_may_ask_ahead_for_what_the_protocol_needs()
    {
        var response = await _server.SendAsync(
            HttpMethod.Options, "/api/tickets", ("Origin", "https://app.example.org"), ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization,content-type,idempotency-key,last-event-id,if-none-match,prefer"));

        Assert.Equal("https://app.example.org", Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal("POST", Header(response, "Access-Control-Allow-Methods"));
        Assert.Contains("idempotency-key", Header(response, "Access-Control-Allow-Headers"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("true", Header(response, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task A_listed_origin_may_read_answers_and_their_headers_also_when_they_are_problems()
    {
        var response = await _server.SendAsync(HttpMethod.Post, "/api/tickets", ("Origin", "https://app.example.org"));

        await response.ProblemAsync(401, "unauthenticated");
        Assert.Equal("https://app.example.org", Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal("ETag,Retry-After,Preference-Applied", Header(response, "Access-Control-Expose-Headers"));
        Assert.Equal("Origin", Header(response, "Vary"));
    }

    [Fact]
    public async Task Another_origin_may_read_nothing()
    {
        var response = await _server.SendAsync(HttpMethod.Post, "/api/tickets", ("Origin", "https://evil.example"));

        Assert.Null(Header(response, "Access-Control-Allow-Origin"));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;

    private async Task ExpectAsync(bool allowed, params (string, string)[] headers)
    {
        var response = await _server.SendAsync(HttpMethod.Get, "/probe/origin", headers);
        if (allowed) Assert.Equal(200, (int)response.StatusCode);
        else await response.ProblemAsync(403, "forbidden");
    }
}
