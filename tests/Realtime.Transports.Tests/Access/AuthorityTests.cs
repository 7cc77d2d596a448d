using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Realtime.Transports.Tests.Access;

public sealed class AuthorityTests : IAsyncLifetime
{
    private readonly RsaSecurityKey _first = new(RSA.Create(2048)) { KeyId = "first" };
    private readonly RsaSecurityKey _second = new(RSA.Create(2048)) { KeyId = "second" };
    private FakeAuthority _authority = null!;
    private AccessServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _authority = await FakeAuthority.StartAsync(_first);
        _server = await AccessServer.StartAsync("Production", ("Realtime:Auth:Authority", _authority.Address));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _authority.DisposeAsync();
        _first.Rsa.Dispose();
        _second.Rsa.Dispose();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    public async Task A_token_of_the_authority_is_taken(string algorithm) =>
        Assert.Equal("alice", (await (await ProbeAsync(_first, algorithm)).JsonAsync(200)).GetProperty("user").GetString());

    [Fact]
    public async Task Elliptic_curve_keys_are_taken()
    {
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = new ECDsaSecurityKey(curve) { KeyId = "curve" };
        _authority.Keys.Add(key);

        await (await ProbeAsync(key, "ES256")).JsonAsync(200);
    }

    [Fact]
    public async Task The_keys_are_fetched_once_for_all_tokens()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
            await (await ProbeAsync(_first, "RS256", claims => claims["sub"] = $"user{i}")).JsonAsync(200)));

        Assert.Equal(1, _authority.Fetches);
    }

    [Fact]
    public async Task Another_issuer_is_refused() =>
        await (await ProbeAsync(_first, "RS256", claims => claims["iss"] = "http://elsewhere.test")).ProblemAsync(401, "unauthenticated");

    [Fact]
    public async Task A_token_without_an_issuer_is_refused() =>
        await (await ProbeAsync(_first, "RS256", claims => claims.Remove("iss"))).ProblemAsync(401, "unauthenticated");

    [Fact]
    public async Task A_key_of_the_authority_is_no_hmac_secret()
    {
        // The classic confusion: a public key, which everybody has, used as the secret of HS256.
        var pem = _first.Rsa.ExportSubjectPublicKeyInfoPem();

        await (await _server.ProbeAsync(TestTokens.Hmac(pem, Claims()))).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task A_new_key_is_found_when_a_token_names_it_and_the_old_one_ends()
    {
        await (await ProbeAsync(_first, "RS256")).JsonAsync(200);
        _authority.Keys.Clear();
        _authority.Keys.Add(_second);

        // Not at once: tokens with made-up key ids must not turn into a flood at the authority.
        await (await ProbeAsync(_second, "RS256")).ProblemAsync(401, "unauthenticated");
        Assert.Equal(1, _authority.Fetches);

        _server.Time.Advance(TimeSpan.FromSeconds(10));
        await (await ProbeAsync(_second, "RS256")).JsonAsync(200);
        await (await ProbeAsync(_first, "RS256", claims => claims["sub"] = "bob")).ProblemAsync(401, "unauthenticated");
        Assert.Equal(2, _authority.Fetches);
    }

    [Fact]
    public async Task An_authority_that_fails_is_the_servers_trouble_and_not_the_callers()
    {
        _authority.IsBroken = true;

        var response = await ProbeAsync(_first, "RS256");

        await response.ProblemAsync(503, "overloaded");
        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
        Assert.Contains(_server.Log.Lines, line => line is { Level: LogLevel.Error, Id.Name: "AuthorityFailed" });
    }

    [Fact]
    public async Task After_a_failure_the_authority_is_asked_again_when_the_wait_is_over()
    {
        _authority.IsBroken = true;
        await (await ProbeAsync(_first, "RS256")).ProblemAsync(503, "overloaded");
        _authority.IsBroken = false;

        await (await ProbeAsync(_first, "RS256")).ProblemAsync(503, "overloaded");
        Assert.Equal(0, _authority.Fetches);

        _server.Time.Advance(TimeSpan.FromSeconds(5));
        await (await ProbeAsync(_first, "RS256")).JsonAsync(200);
    }

    [Fact]
    public async Task Keys_that_were_fetched_go_on_while_the_authority_is_down()
    {
        await (await ProbeAsync(_first, "RS256")).JsonAsync(200);
        await _authority.DisposeAsync();
        _server.Time.Advance(TimeSpan.FromHours(2));

        // A key id that is not known has to be looked up, and so waits for the failure; the others don't.
        await (await ProbeAsync(_second, "RS256")).ProblemAsync(401, "unauthenticated");
        await (await ProbeAsync(_first, "RS256", claims => claims["sub"] = "bob")).JsonAsync(200);
        Assert.Contains(_server.Log.Lines, line => line.Id.Name == "AuthorityFailed");
    }

    [Fact]
    public async Task With_a_key_and_an_authority_each_takes_its_own_algorithms()
    {
        await using var server = await AccessServer.StartJwtAsync(("Realtime:Auth:Authority", _authority.Address));

        await (await server.ProbeAsync(server.Token())).JsonAsync(200);
        await (await server.ProbeAsync(TestTokens.Signed(_first, Claims(), "RS256"))).JsonAsync(200);
        await (await server.ProbeAsync(TestTokens.Hmac(_first.Rsa.ExportSubjectPublicKeyInfoPem(), Claims()))).ProblemAsync(401, "unauthenticated");
        await (await server.ProbeAsync(TestTokens.None(Claims()))).ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task Tickets_work_without_an_hmac_key_and_their_secret_signs_no_tokens()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("realtime-").FullName, "realtime.key");
        await using var server = await AccessServer.StartAsync(
            "Production", ("Realtime:Auth:Authority", _authority.Address), ("Realtime:Auth:KeyPath", path));

        var ticket = (await server.TicketAsync(TestTokens.Signed(_first, Claims(), "RS256"))).GetProperty("ticket").GetString();
        await (await server.SendAsync(HttpMethod.Get, $"/probe/2?ticket={ticket}")).JsonAsync(200);

        var secret = Encoding.Latin1.GetString(Convert.FromBase64String((await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Trim()));
        await (await server.ProbeAsync(TestTokens.Hmac(secret, Claims()))).ProblemAsync(401, "unauthenticated");
        await (await server.SendAsync(HttpMethod.Post, "/api/demo/token", new { user = "alice" })).ProblemAsync(404, "not-found");
    }

    private Dictionary<string, object?> Claims(Action<Dictionary<string, object?>>? change = null) => _server.Claims(claims =>
    {
        claims["iss"] = _authority.Address;
        claims["exp"] = _server.Time.GetUtcNow().AddDays(1).ToUnixTimeSeconds();
        change?.Invoke(claims);
    });

    private Task<HttpResponseMessage> ProbeAsync(AsymmetricSecurityKey key, string algorithm, Action<Dictionary<string, object?>>? change = null) =>
        _server.ProbeAsync(TestTokens.Signed(key, Claims(change), algorithm));
}
