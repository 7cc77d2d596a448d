using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Access;

/// <summary>Checks a JWT: by the HMAC key or by the authority's keys, as its algorithm says, and each with its own algorithms alone.</summary>
internal sealed class TokenValidator
{
    /// <summary>How far the clocks of the issuer and of this server may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // With the shortest key that RFC 7518 allows for each, in bits.
    private static readonly (string Algorithm, int KeySize)[] HmacAlgorithms =
        [(SecurityAlgorithms.HmacSha256, 256), (SecurityAlgorithms.HmacSha384, 384), (SecurityAlgorithms.HmacSha512, 512)];

    private static readonly string[] AuthorityAlgorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly AuthorityKeys _authority;
    private readonly TimeProvider _time;
    private readonly string? _audience;
    private readonly SigningKeys _keys;
    private TokenValidationParameters? _hmac;

    public TokenValidator(IOptions<RealtimeAuthOptions> options, SigningKeys keys, AuthorityKeys authority, TimeProvider time)
    {
        _authority = authority;
        _time = time;
        _audience = options.Value.Audience;
        _keys = keys;
    }

    /// <summary>How HMAC tokens are checked; null where none is accepted.</summary>
    private TokenValidationParameters? Hmac
    {
        get
        {
            if (_hmac is not null || _keys.TokenKey is not { } key) return _hmac;
            var parameters = Parameters([.. HmacAlgorithms.Where(one => key.KeySize >= one.KeySize).Select(one => one.Algorithm)], [key]);
            parameters.ValidateIssuer = false;
            parameters.TryAllIssuerSigningKeys = true;
            return _hmac = parameters;
        }
    }

    /// <summary>The caller whom the token names.</summary>
    /// <exception cref="ProblemException">401 when the token is not valid, 503 when the keys to tell can't be had.</exception>
    public async Task<Caller> ValidateAsync(string text, CancellationToken cancellationToken)
    {
        var token = Read(text);
        var failure = await CheckAsync(token, cancellationToken);
        if (failure is not null) throw Refuse(Explain(failure));
        return TokenClaims.ToCaller(token.EncodedPayload, _time.GetUtcNow());
    }

    private async Task<Exception?> CheckAsync(JsonWebToken token, CancellationToken cancellationToken)
    {
        if (Hmac is { } hmac && hmac.ValidAlgorithms.Contains(token.Alg)) return await CheckAsync(token, hmac);
        if (!AuthorityAlgorithms.Contains(token.Alg) || !_authority.IsConfigured)
            throw Refuse("The token is signed with an algorithm that is not accepted here.");

        var keys = await _authority.GetAsync(token.Kid, cancellationToken);
        var parameters = Parameters(AuthorityAlgorithms, keys.Keys);
        parameters.ValidIssuer = keys.Issuer;
        return await CheckAsync(token, parameters);
    }

    private async Task<Exception?> CheckAsync(JsonWebToken token, TokenValidationParameters parameters)
    {
        var result = await _handler.ValidateTokenAsync(token, parameters);
        return result.IsValid ? null : result.Exception;
    }

    // Lifetime is checked in TokenClaims: the handler reads the machine's clock, and cuts the fractions that NumericDate may have.
    private TokenValidationParameters Parameters(string[] algorithms, IEnumerable<SecurityKey> keys) => new()
    {
        ValidAlgorithms = algorithms,
        IssuerSigningKeys = keys,
        ValidateIssuerSigningKey = true,
        RequireSignedTokens = true,
        ValidateLifetime = false,
        RequireExpirationTime = false,
        ValidateAudience = _audience is not null,
        ValidAudience = _audience,
    };

    private static JsonWebToken Read(string text)
    {
        try
        {
            return new JsonWebToken(text);
        }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException or FormatException)
        {
            throw Refuse("The token is not a signed JWT.");
        }
    }

    private static string Explain(Exception failure) => failure switch
    {
        SecurityTokenInvalidAudienceException => "The token is meant for another audience.",
        SecurityTokenInvalidIssuerException => "The token comes from another issuer.",
        _ => "The signature of the token is not valid.",
    };

    private static ProblemException Refuse(string detail) => new(Problem.Unauthenticated(detail, credentialRefused: true));
}
