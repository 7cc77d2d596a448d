using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Realtime.Transports.Access;

namespace Realtime.Transports.Tests.Access;

public sealed class AuthOptionsTests
{
    [Theory]
    [InlineData("Production", "jwt")]
    [InlineData("Development", "demo")]
    [InlineData("Staging", "demo")]
    public async Task The_environment_chooses_the_mode_where_none_is_set(string environment, string mode)
    {
        await using var server = await AccessServer.StartAsync(environment, ("Realtime:Auth:HmacKey", AccessServer.Key));

        Assert.Equal(mode, server.Services.GetRequiredService<IOptions<RealtimeAuthOptions>>().Value.Mode);
    }

    [Theory]
    [InlineData("Production", "Mode", "demo", "Realtime:Auth:Mode is 'demo', which gives a token to anyone who asks and is not allowed in production: set it to 'jwt'.")]
    [InlineData("Production", "Mode", "Demo", "Realtime:Auth:Mode is 'demo', which gives a token to anyone who asks and is not allowed in production: set it to 'jwt'.")]
    [InlineData("Production", "Mode", "jwt", "Realtime:Auth:Mode is 'jwt', which needs Realtime:Auth:HmacKey (at least 32 bytes) or Realtime:Auth:Authority, and neither is set.")]
    [InlineData("Production", "Mode", "", "Realtime:Auth:Mode is 'jwt', which needs Realtime:Auth:HmacKey (at least 32 bytes) or Realtime:Auth:Authority, and neither is set.")]
    [InlineData("Development", "Mode", "jwt", "Realtime:Auth:Mode is 'jwt', which needs Realtime:Auth:HmacKey (at least 32 bytes) or Realtime:Auth:Authority, and neither is set.")]
    [InlineData("Development", "Mode", "open", "Realtime:Auth:Mode is 'open'; allowed are 'jwt' and, outside production, 'demo'.")]
    [InlineData("Production", "HmacKey", "1234567890123456789012345678901", "Realtime:Auth:HmacKey is 31 bytes long; it must be at least 32 bytes of UTF-8 text.")]
    [InlineData("Development", "HmacKey", "short", "Realtime:Auth:HmacKey is 5 bytes long; it must be at least 32 bytes of UTF-8 text.")]
    [InlineData("Production", "Authority", "login.example.org", "Realtime:Auth:Authority is 'login.example.org'; it must be the https address of an OpenID Connect issuer.")]
    [InlineData("Production", "Authority", "http://login.example.org", "Realtime:Auth:Authority is 'http://login.example.org'; in production it must be an https address.")]
    public async Task A_setting_that_cannot_be_right_stops_the_start_in_one_sentence(string environment, string setting, string value, string sentence)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => AccessServer.StartAsync(environment, ("Realtime:Auth:" + setting, value)));

        Assert.Equal(sentence, refusal.Message);
    }

    [Fact]
    public async Task A_key_of_32_bytes_in_fewer_characters_is_long_enough()
    {
        await using var server = await AccessServer.StartAsync("Production", ("Realtime:Auth:HmacKey", new string('é', 16)));

        await (await server.ProbeAsync(TestTokens.Hmac(new string('é', 16), server.Claims()))).JsonAsync(200);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("null")]
    [InlineData("app.example.org")]
    [InlineData("https://app.example.org/chat")]
    [InlineData("ftp://app.example.org")]
    public async Task An_origin_that_no_browser_would_send_stops_the_start(string origin)
    {
        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => AccessServer.StartDemoAsync(("Realtime:Origins:0", origin)));

        Assert.Equal($"Realtime:Origins holds '{origin}'; each must be an origin such as https://app.example.org, without a path.", refusal.Message);
    }

    [Fact]
    public async Task A_key_file_that_holds_no_key_stops_the_start()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("realtime-").FullName, "realtime.key");
        await File.WriteAllTextAsync(path, "garbage", TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<RealtimeException>(() => AccessServer.StartDemoAsync(("Realtime:Auth:KeyPath", path)));

        Assert.Equal(
            $"The key file {path} holds no key of at least 32 bytes in Base64: restore it, or delete it to have a new one made.", refusal.Message);
    }
}
