using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace Realtime.WebPush.Encryption;

/// <summary>The value of <c>Authorization</c> for each push service: a token signed by this deployment, used again until half of its life is over. Thread-safe.</summary>
internal sealed class VapidTokens(VapidKey key, string subject, TimeProvider time)
{
    /// <summary>Push services refuse tokens that live longer than a day.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    /// <summary>There are few push services, but whoever subscribes names one.</summary>
    internal const int MaxOrigins = 256;

    private static readonly string Header = Encode("""{"typ":"JWT","alg":"ES256"}"""u8);

    private readonly ConcurrentDictionary<string, Token> _tokens = new();

    /// <summary>The header's value for requests to <paramref name="origin"/>, such as <c>https://push.example</c>.</summary>
    internal string For(string origin)
    {
        var now = time.GetUtcNow();
        if (_tokens.TryGetValue(origin, out var token) && now < token.RenewAt)
            return token.Authorization;
        // Which of them goes makes no difference worth keeping a record for.
        if (_tokens.Count >= MaxOrigins)
            _tokens.Clear();
        token = new Token(Create(origin, now + Lifetime), now + Lifetime / 2);
        _tokens[origin] = token;
        return token.Authorization;
    }

    private string Create(string origin, DateTimeOffset expires)
    {
        var claims = JsonSerializer.SerializeToUtf8Bytes(new { aud = origin, exp = expires.ToUnixTimeSeconds(), sub = subject });
        var content = $"{Header}.{Encode(claims)}";
        return $"vapid t={content}.{Encode(key.Sign(Encoding.ASCII.GetBytes(content)))}, k={key.PublicKey}";
    }

    private static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    private sealed record Token(string Authorization, DateTimeOffset RenewAt);
}
