using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Realtime.Transports.Tests.Access;

/// <summary>Makes JWTs part by part, so that the wrong ones can be made too.</summary>
internal static class TestTokens
{
    public static string Hmac(string key, object claims, string algorithm = "HS256")
    {
        var unsigned = Unsigned(new { alg = algorithm, typ = "JWT" }, JsonSerializer.SerializeToUtf8Bytes(claims));
        return HmacOf(key, unsigned, algorithm);
    }

    public static string HmacRaw(string key, ReadOnlySpan<byte> payload) => HmacOf(key, Unsigned(new { alg = "HS256" }, payload), "HS256");

    public static string None(object claims) => Unsigned(new { alg = "none" }, JsonSerializer.SerializeToUtf8Bytes(claims)) + ".";

    public static string Signed(AsymmetricSecurityKey key, object claims, string algorithm)
    {
        var unsigned = Unsigned(new { alg = algorithm, kid = key.KeyId }, JsonSerializer.SerializeToUtf8Bytes(claims));
        var provider = key.CryptoProviderFactory.CreateForSigning(key, algorithm);
        return $"{unsigned}.{Base64Url.EncodeToString(provider.Sign(Encoding.ASCII.GetBytes(unsigned)))}";
    }

    private static string HmacOf(string key, string unsigned, string algorithm)
    {
        var (secret, data) = (Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(unsigned));
        var signature = algorithm switch
        {
            "HS256" => HMACSHA256.HashData(secret, data),
            "HS384" => HMACSHA384.HashData(secret, data),
            "HS512" => HMACSHA512.HashData(secret, data),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
        };
        return $"{unsigned}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Unsigned(object header, ReadOnlySpan<byte> payload) =>
        $"{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header))}.{Base64Url.EncodeToString(payload)}";
}
