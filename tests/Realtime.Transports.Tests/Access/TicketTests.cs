using System.Text.Json;

namespace Realtime.Transports.Tests.Access;

public sealed class TicketTests : IAsyncLifetime
{
    // The bits of CredentialSources that an address which takes tickets and cookies has.
    private const int Everything = 7;

    private AccessServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await AccessServer.StartJwtAsync(("Realtime:Origins:0", "https://app.example.org"));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_ticket_carries_the_user_the_claims_and_the_end_of_its_token()
    {
        var token = _server.Token(claims =>
        {
            claims["sub"] = "zoë";
            claims["read"] = new List<string>();
            claims["pub"] = new List<string> { "user:*", "room:general" };
        });
        var answer = await _server.TicketAsync(token);
        Assert.Equal(60, answer.GetProperty("expiresIn").GetInt32());

        var body = await (await WithTicketAsync(answer)).JsonAsync(200);

        Assert.Equal("zoë", body.GetProperty("user").GetString());
        Assert.Equal(_server.Time.GetUtcNow().AddHours(1), body.GetProperty("expiresAt").GetDateTimeOffset());
        Assert.False(body.GetProperty("read").GetBoolean());
        Assert.True(body.GetProperty("publish").GetBoolean());
    }

    [Fact]
    public async Task A_ticket_opens_any_number_of_connections_within_its_minute_and_none_after_it()
    {
        var ticket = await _server.TicketAsync(_server.Token());

        await (await WithTicketAsync(ticket)).JsonAsync(200);
        _server.Time.Advance(TimeSpan.FromSeconds(59.9));
        await (await WithTicketAsync(ticket)).JsonAsync(200);
        _server.Time.Advance(TimeSpan.FromSeconds(0.1));
        await (await WithTicketAsync(ticket)).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_ticket_ends_with_its_token_when_that_is_sooner()
    {
        var token = _server.Token(claims => claims["exp"] = _server.Time.GetUtcNow().ToUnixTimeSeconds() + 20);
        var ticket = await _server.TicketAsync(token);
        Assert.Equal(20, ticket.GetProperty("expiresIn").GetInt32());

        _server.Time.Advance(TimeSpan.FromSeconds(20));
        await (await WithTicketAsync(ticket)).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_ticket_is_good_on_every_node_that_has_the_key_and_on_no_other()
    {
        await using var node = await AccessServer.StartJwtAsync();
        await using var stranger = await AccessServer.StartAsync("Production", ("Realtime:Auth:HmacKey", new string('x', 40)));
        var ticket = (await _server.TicketAsync(_server.Token())).GetProperty("ticket").GetString();

        await (await node.SendAsync(HttpMethod.Get, $"/probe/2?ticket={ticket}")).JsonAsync(200);
        await (await stranger.SendAsync(HttpMethod.Get, $"/probe/2?ticket={ticket}")).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task Every_changed_or_cut_ticket_is_refused()
    {
        var ticket = (await _server.TicketAsync(_server.Token())).GetProperty("ticket").GetString()!;

        for (var i = 0; i < ticket.Length; i += 5)
        {
            var changed = ticket[..i] + (ticket[i] == 'A' ? 'B' : 'A') + ticket[(i + 1)..];
            await (await _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={changed}")).ProblemAsync(401, "unauthenticated");
            await (await _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={ticket[..i]}")).ProblemAsync(401, "unauthenticated");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("%00")]
    [InlineData("h%C3%A9")]
    [InlineData("AAAA&ticket=AAAA")]
    public async Task What_is_no_ticket_is_refused(string ticket) =>
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={ticket}")).ProblemAsync(401, "unauthenticated");

    [Fact]
    public async Task Tokens_tickets_and_cookies_do_not_stand_in_for_each_other()
    {
        var token = _server.Token();
        var (answer, cookie) = await WithCookieAsync(token);
        var ticket = answer.GetProperty("ticket").GetString()!;

        await (await _server.ProbeAsync(ticket)).ProblemAsync(401, "unauthenticated");
        await (await _server.ProbeAsync(cookie)).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={token}")).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={cookie}")).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/8?access_token={ticket}")).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", ("Cookie", $"realtime={ticket}"))).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", ("Cookie", $"realtime={token}"))).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task Each_address_takes_only_the_sources_it_allows()
    {
        var token = _server.Token();
        var (answer, cookie) = await WithCookieAsync(token);
        var ticket = answer.GetProperty("ticket").GetString()!;

        await (await _server.SendAsync(HttpMethod.Get, $"/probe/1?ticket={ticket}&access_token={token}", ("Cookie", $"realtime={cookie}"))).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/6?access_token={token}")).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/9?access_token={token}")).JsonAsync(200);
        await (await _server.SendAsync(HttpMethod.Post, $"/api/tickets?ticket={ticket}", ("Cookie", $"realtime={cookie}"))).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task The_header_ranks_before_the_ticket_and_the_ticket_before_the_cookie()
    {
        var cookie = ("Cookie", "realtime=" + (await WithCookieAsync(Token("carol"))).Cookie);
        var ticket = (await _server.TicketAsync(Token("bob"))).GetProperty("ticket").GetString();
        var header = ("Authorization", "Bearer " + Token("alice"));

        Assert.Equal("alice", await UserAsync($"/probe/{Everything}?ticket={ticket}", header, cookie));
        Assert.Equal("bob", await UserAsync($"/probe/{Everything}?ticket={ticket}", cookie));
        Assert.Equal("carol", await UserAsync($"/probe/{Everything}", cookie));

        async Task<string?> UserAsync(string path, params (string, string)[] headers) =>
            (await (await _server.SendAsync(HttpMethod.Get, path, headers)).JsonAsync(200)).GetProperty("user").GetString();
    }

    [Fact]
    public async Task A_bad_credential_is_refused_though_a_lower_one_is_good()
    {
        var cookie = ("Cookie", "realtime=" + (await WithCookieAsync(_server.Token())).Cookie);
        var ticket = (await _server.TicketAsync(_server.Token())).GetProperty("ticket").GetString();

        await (await _server.SendAsync(HttpMethod.Get, $"/probe/{Everything}?ticket={ticket}", ("Authorization", "Bearer x"), cookie)).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/{Everything}?ticket=x", cookie)).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, $"/probe/{Everything}?ticket=", cookie)).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_and_of_other_sites_and_lives_as_long_as_the_token()
    {
        var plain = await SetCookieAsync();
        var tls = await SetCookieAsync(("X-Test-Scheme", "https"));

        Assert.Equal(["expires=Sun, 01 Mar 2026 13:00:00 GMT", "httponly", "path=/api", "samesite=strict"], Attributes(plain));
        Assert.Equal(["expires=Sun, 01 Mar 2026 13:00:00 GMT", "httponly", "path=/api", "samesite=strict", "secure"], Attributes(tls));

        static string[] Attributes(string cookie) => [.. cookie.Split("; ").Skip(1).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task The_cookie_outlives_the_ticket_and_ends_with_the_token()
    {
        var cookie = ("Cookie", "realtime=" + (await WithCookieAsync(_server.Token())).Cookie);

        _server.Time.Advance(TimeSpan.FromMinutes(59));
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", cookie)).JsonAsync(200);
        _server.Time.Advance(TimeSpan.FromMinutes(1));
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", cookie)).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task The_cookie_is_taken_from_the_servers_own_origin_or_none_and_from_no_other()
    {
        var cookie = ("Cookie", "realtime=" + (await WithCookieAsync(_server.Token())).Cookie);

        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", cookie)).JsonAsync(200);
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", cookie, ("Origin", _server.Origin))).JsonAsync(200);
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", cookie, ("Origin", "https://app.example.org"))).ProblemAsync(401, "unauthenticated");
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", cookie, ("Origin", "https://evil.example"))).ProblemAsync(403, "forbidden");
        await (await _server.SendAsync(HttpMethod.Get, "/probe/4", cookie, ("Origin", "null"))).ProblemAsync(403, "forbidden");
    }

    [Fact]
    public async Task The_cookie_is_given_to_the_servers_own_origin_alone()
    {
        await (await AskAsync("https://app.example.org")).ProblemAsync(403, "forbidden");
        await (await AskAsync("null")).ProblemAsync(403, "forbidden");
        await (await AskAsync(_server.Origin)).JsonAsync(200);

        Task<HttpResponseMessage> AskAsync(string origin) => _server.SendAsync(
            HttpMethod.Post, "/api/tickets", new { cookie = true }, ("Authorization", "Bearer " + _server.Token()), ("Origin", origin));
    }

    [Fact]
    public async Task Claims_too_long_for_a_cookie_are_told_and_fit_a_ticket()
    {
        var token = _server.Token(claims => claims["read"] = Enumerable.Range(0, 200).Select(i => $"room:number-{i:D8}").ToList());

        var response = await _server.SendAsync(HttpMethod.Post, "/api/tickets", new { cookie = true }, ("Authorization", "Bearer " + token));

        await response.ProblemAsync(400, "invalid-request");
        Assert.False(response.Headers.Contains("Set-Cookie"));
        await (await WithTicketAsync(await _server.TicketAsync(token))).JsonAsync(200);
    }

    [Fact]
    public async Task Without_asking_there_is_no_cookie_and_the_body_may_be_missing()
    {
        foreach (var body in (object?[])[null, new { }, new { cookie = false }, new { cookie = (bool?)null, more = 1 }])
        {
            var response = await _server.SendAsync(HttpMethod.Post, "/api/tickets", body, ("Authorization", "Bearer " + _server.Token()));
            Assert.Equal(["ticket", "expiresIn"], (await response.JsonAsync(200)).EnumerateObject().Select(one => one.Name));
            Assert.False(response.Headers.Contains("Set-Cookie"));
            Assert.True(response.Headers.CacheControl?.NoStore);
        }
    }

    [Fact]
    public async Task A_wrong_type_names_its_field()
    {
        var response = await _server.SendAsync(HttpMethod.Post, "/api/tickets", new { cookie = "yes" }, ("Authorization", "Bearer " + _server.Token()));

        Assert.True((await response.ProblemAsync(400, "invalid-request")).GetProperty("errors").TryGetProperty("cookie", out _));
    }

    [Fact]
    public async Task Without_a_token_there_is_no_ticket() =>
        await (await _server.SendAsync(HttpMethod.Post, "/api/tickets")).ProblemAsync(401, "unauthenticated");

    private string Token(string user) => _server.Token(claims => claims["sub"] = user);

    private Task<HttpResponseMessage> WithTicketAsync(JsonElement answer) =>
        _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={answer.GetProperty("ticket").GetString()}");

    private async Task<(JsonElement Answer, string Cookie)> WithCookieAsync(string token)
    {
        var response = await _server.SendAsync(HttpMethod.Post, "/api/tickets", new { cookie = true }, ("Authorization", "Bearer " + token));
        var answer = await response.JsonAsync(200);
        var value = response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        Assert.StartsWith("realtime=", value, StringComparison.Ordinal);
        return (answer, value["realtime=".Length..]);
    }

    private async Task<string> SetCookieAsync(params (string, string)[] headers)
    {
        var response = await _server.SendAsync(
            HttpMethod.Post, "/api/tickets", new { cookie = true }, [("Authorization", "Bearer " + _server.Token()), .. headers]);
        await response.JsonAsync(200);
        return response.Headers.GetValues("Set-Cookie").Single();
    }
}
