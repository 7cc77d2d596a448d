using System.Text;

namespace Realtime.Transports.Tests.Access;

public sealed class BearerTokenTests : IAsyncLifetime
{
    private AccessServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await AccessServer.StartJwtAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("HS256")]
    [InlineData("HS384")]
    [InlineData("HS512")]
    public async Task A_signed_token_names_its_user_and_end(string algorithm)
    {
        // 64 bytes, as many as HS512 asks for.
        var key = AccessServer.Key.PadRight(64, '.');
        await using var server = await AccessServer.StartAsync("Production", ("Realtime:Auth:HmacKey", key));

        var body = await (await server.ProbeAsync(TestTokens.Hmac(key, server.Claims(), algorithm))).JsonAsync(200);

        Assert.Equal("alice", body.GetProperty("user").GetString());
        Assert.Equal(server.Time.GetUtcNow().AddHours(1), body.GetProperty("expiresAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_key_too_short_for_an_algorithm_is_not_used_with_it()
    {
        var key = new string('k', 32);
        await using var server = await AccessServer.StartAsync("Production", ("Realtime:Auth:HmacKey", key));

        await (await server.ProbeAsync(TestTokens.Hmac(key, server.Claims(), "HS256"))).JsonAsync(200);
        foreach (var algorithm in (string[])["HS384", "HS512"])
            await (await server.ProbeAsync(TestTokens.Hmac(key, server.Claims(), algorithm))).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task Without_a_credential_the_answer_asks_for_one()
    {
        var response = await _server.SendAsync(HttpMethod.Get, "/probe/1");

        await response.ProblemAsync(401, "unauthenticated");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer not-a-token")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer a.b.c.d.e")]
    [InlineData("Bearer ..")]
    [InlineData("Bearer e30.e30.")]
    public async Task A_header_that_holds_no_token_is_refused(string header)
    {
        var response = await _server.SendAsync(HttpMethod.Get, "/probe/1", ("Authorization", header));

        await response.ProblemAsync(401, "unauthenticated");
        Assert.Equal("Bearer error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task The_scheme_is_read_in_any_case() =>
        await (await _server.SendAsync(HttpMethod.Get, "/probe/1", ("Authorization", "bearer " + _server.Token()))).JsonAsync(200);

    [Fact]
    public async Task Another_key_an_unsigned_token_and_a_changed_one_are_refused()
    {
        var good = _server.Token();
        var parts = good.Split('.');
        var bob = TestTokens.Hmac("another key, also of more than 32 bytes", _server.Claims(claims => claims["sub"] = "bob"));

        await Refused(bob);
        await Refused($"{parts[0]}.{bob.Split('.')[1]}.{parts[2]}");
        await Refused(TestTokens.None(_server.Claims()));
        await Refused($"{parts[0]}.{parts[1]}.");
        await Refused($"{parts[0]}.{parts[1]}");
        await Refused(good[..^4]);
        await (await _server.ProbeAsync(good)).JsonAsync(200);
    }

    [Fact]
    public async Task Subject_and_end_are_required()
    {
        await Refused(_server.Token(claims => claims.Remove("sub")));
        await Refused(_server.Token(claims => claims["sub"] = ""));
        await Refused(_server.Token(claims => claims["sub"] = 7));
        await Refused(_server.Token(claims => claims["sub"] = null));
        await Refused(_server.Token(claims => claims["sub"] = new string('a', 256)));
        await Refused(_server.Token(claims => claims.Remove("exp")));
        await Refused(_server.Token(claims => claims["exp"] = "soon"));
        await Refused(_server.Token(claims => claims["exp"] = null));
    }

    [Fact]
    public async Task A_token_is_taken_until_thirty_seconds_after_its_end()
    {
        var token = _server.Token(claims => claims["exp"] = Now() + 10);
        var end = _server.Time.GetUtcNow().AddSeconds(10);
        Assert.Equal(end, (await (await _server.ProbeAsync(token)).JsonAsync(200)).GetProperty("expiresAt").GetDateTimeOffset());

        // Seen before, so this also shows that a kept caller ends with its token.
        _server.Time.Advance(TimeSpan.FromSeconds(39));
        Assert.Equal(end.AddSeconds(30), (await (await _server.ProbeAsync(token)).JsonAsync(200)).GetProperty("expiresAt").GetDateTimeOffset());
        _server.Time.Advance(TimeSpan.FromSeconds(1));
        await Refused(token);
    }

    [Fact]
    public async Task A_token_is_taken_from_thirty_seconds_before_its_beginning()
    {
        await (await _server.ProbeAsync(_server.Token(claims => claims["nbf"] = Now() + 30))).JsonAsync(200);
        var later = _server.Token(claims => claims["nbf"] = Now() + 31);
        await Refused(later);

        _server.Time.Advance(TimeSpan.FromSeconds(1));
        await (await _server.ProbeAsync(later)).JsonAsync(200);
    }

    [Theory]
    [InlineData("253402300800")]
    [InlineData("9007199254740993")]
    [InlineData("9223372036854775807")]
    public async Task An_end_beyond_any_calendar_is_taken(string exp) =>
        await (await _server.ProbeAsync(Raw($$"""{"sub":"alice","exp":{{exp}}}"""))).JsonAsync(200);

    [Theory]
    [InlineData("""{"sub":"alice","exp":-1}""")]
    [InlineData("""{"sub":"alice","exp":-1e300}""")]
    [InlineData("""{"sub":"alice","exp":1e300}""")]
    [InlineData("""{"sub":"al\ud800ice","exp":4000000000}""")]
    [InlineData("""{"su\ud800":"alice","sub":"alice","exp":4000000000,"re\ud800":1}""")]
    [InlineData("""{"sub":"alice","exp":4000000000,"pub":["\udfff"]}""")]
    [InlineData("""["sub"]""")]
    [InlineData("7")]
    [InlineData("")]
    [InlineData("{")]
    public async Task A_payload_that_makes_no_sense_is_refused_and_not_an_error(string payload) => await Refused(Raw(payload));

    [Fact]
    public async Task A_payload_nested_beyond_reason_is_no_error()
    {
        var deep = new string('[', 200) + new string(']', 200);
        await Refused(Raw($$"""{"sub":"alice","exp":4000000000,"x":{{deep}}}"""));
    }

    [Fact]
    public async Task Channel_claims_may_be_a_list_or_one_text_and_an_empty_list_forbids()
    {
        await Rights(new List<string> { "room:*" }, read: true);
        await Rights("room:*", read: true);
        await Rights("other:*", read: false);
        await Rights(Array.Empty<string>(), read: false);

        async Task Rights(object claim, bool read)
        {
            var body = await (await _server.ProbeAsync(_server.Token(claims => claims["read"] = claim))).JsonAsync(200);
            Assert.Equal(read, body.GetProperty("read").GetBoolean());
            Assert.True(body.GetProperty("publish").GetBoolean());
        }
    }

    [Fact]
    public async Task A_channel_claim_that_is_no_list_of_texts_is_refused_rather_than_ignored()
    {
        await Refused(_server.Token(claims => claims["pub"] = 5));
        await Refused(_server.Token(claims => claims["pub"] = new { room = true }));
        await Refused(_server.Token(claims => claims["read"] = new object[] { "room:*", 5 }));
        await Refused(_server.Token(claims => claims["read"] = null));
    }

    [Fact]
    public async Task The_audience_is_checked_where_one_is_set()
    {
        await using var server = await AccessServer.StartJwtAsync(("Realtime:Auth:Audience", "chat"));

        await (await server.ProbeAsync(server.Token(claims => claims["aud"] = "chat"))).JsonAsync(200);
        await (await server.ProbeAsync(server.Token(claims => claims["aud"] = new List<string> { "other", "chat" }))).JsonAsync(200);
        await (await server.ProbeAsync(server.Token(claims => claims["aud"] = "other"))).ProblemAsync(401, "unauthenticated");
        await (await server.ProbeAsync(server.Token())).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_token_signed_by_an_authority_is_refused_where_none_is_set()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        await Refused(TestTokens.Signed(new Microsoft.IdentityModel.Tokens.RsaSecurityKey(rsa), _server.Claims(), "RS256"));
    }

    [Fact]
    public async Task Neither_tokens_nor_tickets_reach_the_log()
    {
        var token = _server.Token();
        var ticket = (await _server.TicketAsync(token)).GetProperty("ticket").GetString()!;
        var expired = _server.Token(claims => claims["exp"] = Now() - 100);
        await _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={ticket}");
        await _server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={ticket}x");
        await _server.SendAsync(HttpMethod.Get, $"/probe/8?access_token={token}");
        await Refused(expired);
        await Refused(token[..^5]);

        Assert.NotEmpty(_server.Log.Lines);
        foreach (var secret in (string[])[token, ticket, expired])
            Assert.DoesNotContain(_server.Log.Lines, line => line.Text.Contains(secret[..^5], StringComparison.Ordinal));
    }

    private long Now() => _server.Time.GetUtcNow().ToUnixTimeSeconds();

    private static string Raw(string payload) => TestTokens.HmacRaw(AccessServer.Key, Encoding.UTF8.GetBytes(payload));

    private async Task Refused(string token) => await (await _server.ProbeAsync(token)).ProblemAsync(401, "unauthenticated");
}
