using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Realtime.Channels;

namespace Realtime.Transports.Access;

/// <summary>Makes tokens for whoever asks, where the server runs for trying things out.</summary>
public sealed class DemoTokens
{
    /// <summary>How long a token lives unless asked otherwise.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromDays(1);

    /// <summary>The longest life that can be asked for.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(7);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningKeys _keys;
    private readonly string? _audience;
    private readonly TimeProvider _time;

    internal DemoTokens(IOptions<RealtimeAuthOptions> options, SigningKeys keys, TimeProvider time)
    {
        _time = time;
        _audience = options.Value.Audience;
        _keys = keys;
        IsEnabled = options.Value.Mode == RealtimeAuthOptions.DemoMode;
    }

    /// <summary>Whether the server is in demo mode. Elsewhere no token is made.</summary>
    public bool IsEnabled { get; }

    /// <summary>Whether <paramref name="user"/> can be a demo user: an id that <c>user:{id}</c>, <c>posts:{id}</c> and <c>dm:{a}:{b}</c> can hold.</summary>
    public static bool IsUser(string user) => NameAlphabet.IsId(user) && !user.Contains(':', StringComparison.Ordinal);

    /// <summary>A token that this server accepts.</summary>
    /// <param name="user">Whom it names.</param>
    /// <param name="publish">Its <c>pub</c> claim; null for none.</param>
    /// <param name="read">Its <c>read</c> claim; null for none.</param>
    /// <param name="lifetime">How long it lives, in whole seconds.</param>
    /// <exception cref="InvalidOperationException">The server is not in demo mode.</exception>
    /// <exception cref="RealtimeException">The store that keeps the key was not reached yet; transient.</exception>
    public string Create(string user, IReadOnlyList<string>? publish, IReadOnlyList<string>? read, TimeSpan lifetime)
    {
        if (!IsEnabled) throw new InvalidOperationException("Demo tokens are made in demo mode alone.");
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var claims = new Dictionary<string, object> { ["sub"] = user, ["iat"] = now, ["exp"] = now + (long)lifetime.TotalSeconds };
        if (publish is not null) claims["pub"] = publish;
        if (read is not null) claims["read"] = read;
        if (_audience is not null) claims["aud"] = _audience;
        return _handler.CreateToken(JsonSerializer.Serialize(claims), new SigningCredentials(_keys.TokenKey, SecurityAlgorithms.HmacSha256));
    }
}
