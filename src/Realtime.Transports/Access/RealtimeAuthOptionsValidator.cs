using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Realtime.Transports.Access;

/// <summary>Settles the mode by the environment and refuses, in one sentence, what would leave the server open or closed to all.</summary>
internal sealed class RealtimeAuthOptionsValidator(IHostEnvironment environment)
    : IPostConfigureOptions<RealtimeAuthOptions>, IValidateOptions<RealtimeAuthOptions>
{
    public void PostConfigure(string? name, RealtimeAuthOptions options)
    {
        options.Mode = NullIfEmpty(options.Mode)?.ToLowerInvariant()
            ?? (environment.IsProduction() ? RealtimeAuthOptions.JwtMode : RealtimeAuthOptions.DemoMode);
        options.HmacKey = NullIfEmpty(options.HmacKey);
        options.Authority = NullIfEmpty(options.Authority);
        options.Audience = NullIfEmpty(options.Audience);
        options.KeyPath = NullIfEmpty(options.KeyPath);
    }

    public ValidateOptionsResult Validate(string? name, RealtimeAuthOptions options)
    {
        var refusal = RefuseMode(options) ?? RefuseKey(options.HmacKey) ?? RefuseAuthority(options.Authority);
        return refusal is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(refusal);
    }

    private string? RefuseMode(RealtimeAuthOptions options) => options.Mode switch
    {
        RealtimeAuthOptions.DemoMode when environment.IsProduction() =>
            "Realtime:Auth:Mode is 'demo', which gives a token to anyone who asks and is not allowed in production: set it to 'jwt'.",
        RealtimeAuthOptions.DemoMode => null,
        RealtimeAuthOptions.JwtMode when options is { HmacKey: null, Authority: null } =>
            "Realtime:Auth:Mode is 'jwt', which needs Realtime:Auth:HmacKey (at least 32 bytes) or Realtime:Auth:Authority, and neither is set.",
        RealtimeAuthOptions.JwtMode => null,
        var other => $"Realtime:Auth:Mode is '{other}'; allowed are 'jwt' and, outside production, 'demo'.",
    };

    private static string? RefuseKey(string? key) =>
        key is null || Encoding.UTF8.GetByteCount(key) >= RealtimeAuthOptions.MinKeyBytes
            ? null
            : $"Realtime:Auth:HmacKey is {Encoding.UTF8.GetByteCount(key)} bytes long; it must be at least {RealtimeAuthOptions.MinKeyBytes} bytes of UTF-8 text.";

    private string? RefuseAuthority(string? authority)
    {
        if (authority is null) return null;
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
            return $"Realtime:Auth:Authority is '{authority}'; it must be the https address of an OpenID Connect issuer.";

        // Keys fetched over plain http could be anybody's. On this machine, or while developing, nobody is in between.
        return address.Scheme == Uri.UriSchemeHttps || address.IsLoopback || !environment.IsProduction()
            ? null
            : $"Realtime:Auth:Authority is '{authority}'; in production it must be an https address.";
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
