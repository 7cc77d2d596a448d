using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Realtime.Transports.Access;

/// <summary>The secrets of this server: the key of HMAC tokens and, derived from the same secret, the key of tickets.</summary>
internal sealed class SigningKeys
{
    private const int MadeKeyBytes = 48;

    // The purpose in the derivation keeps a ticket from being a token and a token from being a ticket, whatever their formats.
    private static readonly byte[] TicketPurpose = "realtime ticket 1"u8.ToArray();

    public SigningKeys(IOptions<RealtimeAuthOptions> options)
    {
        var auth = options.Value;
        var secret = auth.HmacKey is { } configured ? Encoding.UTF8.GetBytes(configured) : MakeOrLoad(auth.KeyPath);

        // In jwt mode the secret that the server made for its tickets signs no tokens.
        if (auth.HmacKey is not null || auth.Mode == RealtimeAuthOptions.DemoMode) TokenKey = new SymmetricSecurityKey(secret);
        TicketKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, SHA256.HashSizeInBytes, info: TicketPurpose);
    }

    /// <summary>The key of HS256, HS384 and HS512 tokens; null where only an authority's tokens are accepted.</summary>
    public SymmetricSecurityKey? TokenKey { get; }

    /// <summary>The key that signs tickets and cookies.</summary>
    public byte[] TicketKey { get; }

    private static byte[] MakeOrLoad(string? path)
    {
        var made = RandomNumberGenerator.GetBytes(MadeKeyBytes);
        return path is null ? made : KeyFile.LoadOrCreate(path, made);
    }
}
