using System.Buffers.Text;
using System.Security.Cryptography;

namespace Realtime.WebPush.Encryption;

/// <summary>The key by which push services know this deployment (RFC 8292). Browsers bind their subscriptions to it: with another key they are void.</summary>
internal sealed class VapidKey : IDisposable
{
    /// <summary>The private number of P-256, big-endian.</summary>
    internal const int SecretLength = 32;

    private readonly ECDsa _key;
    private readonly byte[] _topicKey;
    private readonly Lock _gate = new();

    private VapidKey(ECDsa key, byte[] secret)
    {
        _key = key;
        PublicKey = Base64Url.EncodeToString(PublicPoint.Encode(key.ExportParameters(includePrivateParameters: false)));
        _topicKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, SHA256.HashSizeInBytes, info: "realtime push topic 1"u8.ToArray());
    }

    /// <summary>The public key in base64url: what a page hands to the browser as <c>applicationServerKey</c>.</summary>
    internal string PublicKey { get; }

    /// <summary>The secret of a new key.</summary>
    internal static byte[] CreateSecret()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportParameters(includePrivateParameters: true).D!;
    }

    /// <summary>The key of a secret.</summary>
    /// <exception cref="RealtimeException">The secret is no private key of P-256.</exception>
    internal static VapidKey FromSecret(byte[] secret)
    {
        if (secret.Length != SecretLength)
            throw Invalid($"it has {secret.Length} bytes", null);
        try
        {
            // The public half follows from the private one.
            return new VapidKey(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret }), secret);
        }
        catch (CryptographicException e)
        {
            throw Invalid("it is zero or too large", e);
        }
    }

    /// <summary>Signs with ES256: both numbers of the signature, 32 bytes each.</summary>
    internal byte[] Sign(byte[] data)
    {
        lock (_gate)
            return _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>What a push service knows a channel by, so that a newer push takes the place of one that still waits; nobody else can tell the channel from it.</summary>
    /// <returns>32 characters of base64url, the most that <c>Topic</c> may have.</returns>
    internal string TopicOf(string channel) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_topicKey, System.Text.Encoding.UTF8.GetBytes(channel)).AsSpan(0, 24));

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static RealtimeException Invalid(string why, Exception? inner) => new(
        $"The key of Web Push is not a private key of P-256: {why}; it must be {SecretLength} bytes. Restore it, or remove it to have a new one made: then browsers have to subscribe again.",
        isTransient: false, inner);
}
