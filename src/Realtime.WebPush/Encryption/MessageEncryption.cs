using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Realtime.WebPush.Encryption;

/// <summary>Encrypts the content of a push for one browser (RFC 8291), as a body of one record in the coding <c>aes128gcm</c> (RFC 8188).</summary>
internal static class MessageEncryption
{
    /// <summary>The value of <c>Content-Encoding</c>.</summary>
    internal const string ContentEncoding = "aes128gcm";

    /// <summary>The secret that a browser shares with its application, beside its public key.</summary>
    internal const int AuthSecretLength = 16;

    /// <summary>The most bytes of content: every push service takes a body of 4,096.</summary>
    internal const int MaxContentLength = RecordSize - HeaderLength - 1 - TagLength;

    private const int RecordSize = 4096;
    private const int SaltLength = 16;
    private const int TagLength = 16;
    private const int ContentKeyLength = 16;
    private const int NonceLength = 12;

    /// <summary>Salt, record size, the length of the sender's key, and that key.</summary>
    private const int HeaderLength = SaltLength + sizeof(uint) + 1 + PublicPoint.Length;

    /// <summary>Ends the content of the last record; zeros may follow.</summary>
    private const byte LastRecord = 2;

    // Lengths tell much about short messages: with this every push service sees at most sixteen different ones.
    private const int PaddingStep = 256;

    /// <summary>Encrypts with a key and a salt of its own, so that the same content never gives the same body, and padded so that the length tells little.</summary>
    /// <param name="content">At most <see cref="MaxContentLength"/> bytes.</param>
    /// <param name="publicKey">The browser's key: a point of the curve.</param>
    /// <param name="authSecret">The browser's secret.</param>
    internal static byte[] Encrypt(ReadOnlySpan<byte> content, byte[] publicKey, byte[] authSecret)
    {
        using var sender = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var padded = (content.Length / PaddingStep + 1) * PaddingStep - 1;
        return Encrypt(content, publicKey, authSecret, sender, RandomNumberGenerator.GetBytes(SaltLength), Math.Min(padded, MaxContentLength));
    }

    /// <summary>Encrypts with a given key and salt.</summary>
    /// <param name="content">At most <see cref="MaxContentLength"/> bytes.</param>
    /// <param name="publicKey">The browser's key: a point of the curve.</param>
    /// <param name="authSecret">The browser's secret.</param>
    /// <param name="sender">A key for this body alone.</param>
    /// <param name="salt">16 random bytes.</param>
    /// <param name="paddedLength">The length of content and padding; at least the content's, at most <see cref="MaxContentLength"/>.</param>
    internal static byte[] Encrypt(
        ReadOnlySpan<byte> content, byte[] publicKey, byte[] authSecret, ECDiffieHellman sender, byte[] salt, int paddedLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, MaxContentLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(paddedLength, content.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paddedLength, MaxContentLength);
        using var receiver = PublicPoint.Decode(publicKey) ?? throw new ArgumentException("The key is no point of P-256.", nameof(publicKey));
        var senderKey = PublicPoint.Encode(sender.ExportParameters(includePrivateParameters: false));
        var (key, nonce) = DeriveKeys(sender.DeriveRawSecretAgreement(receiver.PublicKey), publicKey, senderKey, authSecret, salt);

        var body = new byte[HeaderLength + paddedLength + 1 + TagLength];
        salt.CopyTo(body, 0);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(SaltLength), RecordSize);
        body[SaltLength + sizeof(uint)] = PublicPoint.Length;
        senderKey.CopyTo(body, HeaderLength - PublicPoint.Length);

        var record = new byte[paddedLength + 1];
        content.CopyTo(record);
        record[content.Length] = LastRecord;
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, record, body.AsSpan(HeaderLength, record.Length), body.AsSpan(HeaderLength + record.Length));
        return body;
    }

    /// <summary>From the secret that both sides can compute to the key and nonce of the only record; the nonce of record 0 needs no counter mixed in.</summary>
    private static (byte[] Key, byte[] Nonce) DeriveKeys(byte[] agreed, byte[] receiverKey, byte[] senderKey, byte[] authSecret, byte[] salt)
    {
        byte[] info = [.. "WebPush: info\0"u8, .. receiverKey, .. senderKey];
        var input = HKDF.DeriveKey(HashAlgorithmName.SHA256, agreed, SHA256.HashSizeInBytes, authSecret, info);
        var pseudorandom = HKDF.Extract(HashAlgorithmName.SHA256, input, salt);
        return (
            HKDF.Expand(HashAlgorithmName.SHA256, pseudorandom, ContentKeyLength, "Content-Encoding: aes128gcm\0"u8.ToArray()),
            HKDF.Expand(HashAlgorithmName.SHA256, pseudorandom, NonceLength, "Content-Encoding: nonce\0"u8.ToArray()));
    }
}
