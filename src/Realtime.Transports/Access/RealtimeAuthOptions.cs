namespace Realtime.Transports.Access;

/// <summary>How callers prove who they are: the section <c>Realtime:Auth</c>.</summary>
public sealed class RealtimeAuthOptions
{
    /// <summary>Tokens come from elsewhere; see <see cref="Mode"/>.</summary>
    public const string JwtMode = "jwt";

    /// <summary>The server also hands out tokens to whoever asks; see <see cref="Mode"/>.</summary>
    public const string DemoMode = "demo";

    /// <summary>The fewest bytes of an <see cref="HmacKey"/>: as many as HS256 makes.</summary>
    public const int MinKeyBytes = 32;

    /// <summary><c>demo</c> or <c>jwt</c>; unset, it is <c>jwt</c> in production and <c>demo</c> elsewhere. <c>demo</c> is refused in production.</summary>
    public string? Mode { get; set; }

    /// <summary>The key of HS256, HS384 and HS512 tokens, as UTF-8 text of at least <see cref="MinKeyBytes"/> bytes; HS384 needs 48
    /// and HS512 64 of them. Unset, no such token is accepted in <c>jwt</c> mode, and <c>demo</c> mode makes its own key.</summary>
    public string? HmacKey { get; set; }

    /// <summary>The address of an OpenID Connect issuer, whose RS, PS and ES tokens are accepted; unset, none are.</summary>
    public string? Authority { get; set; }

    /// <summary>The <c>aud</c> that every token must have; unset, none is asked for.</summary>
    public string? Audience { get; set; }

    /// <summary>The file that keeps the key which this server makes for itself: that of demo tokens, and that of tickets where there is no
    /// <see cref="HmacKey"/>. Unset, the key lives in memory and its tokens end with the process. Nodes that share tickets share this file or an
    /// <see cref="HmacKey"/>.</summary>
    public string? KeyPath { get; set; }
}
