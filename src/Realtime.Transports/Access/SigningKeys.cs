using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Realtime.Stores;

namespace Realtime.Transports.Access;

/// <summary>The secrets of this deployment: the key of HMAC tokens and, derived from the same secret, the key of tickets.</summary>
/// <remarks>
/// Where none is configured, the server makes one: in a file beside its store, or in the store itself where several nodes share that, so that a token
/// and a ticket of one node are good on all of them.
/// </remarks>
internal sealed class SigningKeys
{
    private const int MadeKeyBytes = 48;
    private const string SecretName = "signing";

    // The purpose in the derivation keeps a ticket from being a token and a token from being a ticket, whatever their formats.
    private static readonly byte[] TicketPurpose = "realtime ticket 1"u8.ToArray();

    private readonly ISecretStore? _shared;
    private readonly bool _signsTokens;
    private volatile Keys? _keys;

    public SigningKeys(IOptions<RealtimeAuthOptions> options, ISecretStore? shared = null)
    {
        var auth = options.Value;
        // In jwt mode the secret that the server made for its tickets signs no tokens.
        _signsTokens = auth.HmacKey is not null || auth.Mode == RealtimeAuthOptions.DemoMode;
        if (auth.HmacKey is { } configured)
            _keys = Derive(Encoding.UTF8.GetBytes(configured));
        else if (auth.KeyPath is { } path || shared is null)
            _keys = Derive(MakeOrLoad(auth.KeyPath));
        else
            _shared = shared;
    }

    /// <summary>The key of HS256, HS384 and HS512 tokens; null where only an authority's tokens are accepted.</summary>
    /// <exception cref="RealtimeException">The store that keeps the secret was not reached yet; transient.</exception>
    public SymmetricSecurityKey? TokenKey => _signsTokens ? Loaded.Token : null;

    /// <summary>The key that signs tickets and cookies.</summary>
    /// <exception cref="RealtimeException">As for <see cref="TokenKey"/>.</exception>
    public byte[] TicketKey => Loaded.Ticket;

    private Keys Loaded => _keys ?? throw new RealtimeException("The store that keeps the signing key can't be reached yet.", isTransient: true);

    /// <summary>Gets the secret from the store that the nodes share, where that is where it is kept.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_keys is null && _shared is not null)
            _keys = Derive(await _shared.LoadOrCreateAsync(SecretName, RandomNumberGenerator.GetBytes(MadeKeyBytes), cancellationToken));
    }

    private static Keys Derive(byte[] secret) => new(
        new SymmetricSecurityKey(secret), HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, SHA256.HashSizeInBytes, info: TicketPurpose));

    private static byte[] MakeOrLoad(string? path)
    {
        var made = RandomNumberGenerator.GetBytes(MadeKeyBytes);
        return path is null ? made : KeyFile.LoadOrCreate(path, made, RealtimeAuthOptions.MinKeyBytes);
    }

    private sealed record Keys(SymmetricSecurityKey Token, byte[] Ticket);
}
