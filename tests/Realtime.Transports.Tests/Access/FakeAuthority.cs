using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Realtime.Transports.Tests.Access;

/// <summary>An OpenID Connect issuer as far as keys go: its configuration and its key set, which a test changes as it likes.</summary>
internal sealed class FakeAuthority : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _fetches;

    private FakeAuthority(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    /// <summary>How often the key set was asked for.</summary>
    public int Fetches => Volatile.Read(ref _fetches);

    /// <summary>What the key set holds.</summary>
    public List<AsymmetricSecurityKey> Keys { get; } = [];

    /// <summary>Answers 500 to everything.</summary>
    public bool IsBroken { get; set; }

    public static async Task<FakeAuthority> StartAsync(params AsymmetricSecurityKey[] keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var authority = new FakeAuthority(app);
        authority.Keys.AddRange(keys);
        app.MapGet("/.well-known/openid-configuration", context => authority.AnswerAsync(context, new Dictionary<string, object>
        {
            ["issuer"] = authority.Address,
            ["jwks_uri"] = authority.Address + "/keys",
        }));
        app.MapGet("/keys", context =>
        {
            Interlocked.Increment(ref authority._fetches);
            return authority.AnswerAsync(context, new { keys = authority.Keys.Select(PublicPart) });
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        authority.Address = app.Urls.Single();
        return authority;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Dictionary<string, string> PublicPart(AsymmetricSecurityKey key)
    {
        var jwk = key is ECDsaSecurityKey ec ? JsonWebKeyConverter.ConvertFromECDsaSecurityKey(ec) : JsonWebKeyConverter.ConvertFromRSASecurityKey((RsaSecurityKey)key);
        var all = new Dictionary<string, string?>
        {
            ["kty"] = jwk.Kty,
            ["kid"] = key.KeyId,
            ["use"] = "sig",
            ["n"] = jwk.N,
            ["e"] = jwk.E,
            ["crv"] = jwk.Crv,
            ["x"] = jwk.X,
            ["y"] = jwk.Y,
        };
        return all.Where(one => one.Value is not null).ToDictionary(one => one.Key, one => one.Value!);
    }

    private Task AnswerAsync(HttpContext context, object body)
    {
        if (!IsBroken) return context.Response.WriteAsync(JsonSerializer.Serialize(body), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }
}
