using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Realtime.Testing.Clients;

/// <summary>JWTs as an application that uses the server would make them.</summary>
public static class TestToken
{
    /// <summary>The key of test servers.</summary>
    public const string HmacKey = "the-key-of-test-servers-0123456789abcdef";

    /// <summary>A token signed with HS256.</summary>
    /// <param name="user">The <c>sub</c>.</param>
    /// <param name="expires">How far from now the <c>exp</c> is; below zero, how long ago.</param>
    /// <param name="key">The key.</param>
    public static string Create(string user, TimeSpan expires, string key = HmacKey)
    {
        var seconds = (DateTimeOffset.UtcNow + expires).ToUnixTimeMilliseconds() / 1000.0;
        var content = Encode("""{"alg":"HS256","typ":"JWT"}""") + "." + Encode(JsonSerializer.Serialize(new { sub = user, exp = seconds }));
        return content + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(content)));
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
