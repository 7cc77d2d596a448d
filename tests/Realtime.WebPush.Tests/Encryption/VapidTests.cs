using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Realtime.Stores;
using Realtime.WebPush.Encryption;

namespace Realtime.WebPush.Tests.Encryption;

public sealed partial class VapidTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly VapidKey _key = VapidKey.FromSecret(VapidKey.CreateSecret());
    private readonly FakeTimeProvider _time = new(Start);
    private readonly VapidTokens _tokens;

    public VapidTests() => _tokens = new VapidTokens(_key, "mailto:operator@chat.example", _time);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void A_token_says_for_whom_and_until_when_and_its_signature_is_the_keys()
    {
        var authorization = Authorization().Match(_tokens.For("https://push.example"));
        var parts = authorization.Groups["t"].Value.Split('.');
        var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement;

        Assert.Equal("""{"typ":"JWT","alg":"ES256"}""", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[0])));
        Assert.Equal("https://push.example", claims.GetProperty("aud").GetString());
        Assert.Equal("mailto:operator@chat.example", claims.GetProperty("sub").GetString());
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty("exp").GetInt64()), Start.AddHours(1), Start.AddHours(24));
        Assert.Equal(_key.PublicKey, authorization.Groups["k"].Value);
        using var verifier = ECDsa.Create(ParametersOf(authorization.Groups["k"].Value));
        var content = Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}");
        Assert.True(verifier.VerifyData(content, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
        content[^1] ^= 1;
        Assert.False(verifier.VerifyData(content, Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void A_token_is_used_again_for_its_service_and_renewed_long_before_it_ends()
    {
        var first = _tokens.For("https://push.example");
        Assert.NotEqual(first, _tokens.For("https://other.example"));
        _time.Advance(TimeSpan.FromHours(5));
        Assert.Equal(first, _tokens.For("https://push.example"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.NotEqual(first, _tokens.For("https://push.example"));
    }

    [Fact]
    public void Services_that_subscribers_make_up_take_no_more_than_a_bounded_memory()
    {
        var first = _tokens.For("https://push.example");
        for (var i = 0; i < VapidTokens.MaxOrigins - 1; i++)
            _tokens.For($"https://push{i}.example");
        Assert.Equal(first, _tokens.For("https://push.example"));
        _tokens.For("https://one.more.example");
        Assert.NotEqual(first, _tokens.For("https://push.example"));
    }

    [Fact]
    public void Topics_are_of_the_allowed_form_and_belong_to_channel_and_key()
    {
        using var other = VapidKey.FromSecret(VapidKey.CreateSecret());

        Assert.Matches("^[A-Za-z0-9_-]{32}$", _key.TopicOf("user:bob"));
        Assert.Equal(_key.TopicOf("user:bob"), _key.TopicOf("user:bob"));
        Assert.NotEqual(_key.TopicOf("user:bob"), _key.TopicOf("user:eve"));
        Assert.NotEqual(_key.TopicOf("user:bob"), other.TopicOf("user:bob"));
    }

    [Fact]
    public async Task The_key_of_a_file_is_the_same_after_a_restart_and_what_is_no_key_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("realtime-test-");
        try
        {
            var path = Path.Combine(folder.FullName, "realtime.vapid");
            var first = await LoadAsync(path, null);
            Assert.Equal(first, await LoadAsync(path, null));

            File.WriteAllText(path, Convert.ToBase64String(new byte[32]));
            Assert.Contains("not a private key of P-256", (await Assert.ThrowsAsync<RealtimeException>(() => LoadAsync(path, null))).Message, StringComparison.Ordinal);
            File.WriteAllText(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(33)));
            Assert.Contains("it has 33 bytes", (await Assert.ThrowsAsync<RealtimeException>(() => LoadAsync(path, null))).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Nodes_that_share_a_store_have_one_key()
    {
        var store = new SharedSecrets();
        using var notLoaded = new VapidKeyring(null, store);
        Assert.True(Assert.Throws<RealtimeException>(() => notLoaded.Key).IsTransient);

        Assert.Equal(await LoadAsync(null, store), await LoadAsync(null, store));
    }

    private static async Task<string> LoadAsync(string? path, ISecretStore? shared)
    {
        using var keyring = new VapidKeyring(path, shared);
        await keyring.LoadAsync(TestContext.Current.CancellationToken);
        return keyring.Key.PublicKey;
    }

    private static ECParameters ParametersOf(string publicKey)
    {
        var point = Base64Url.DecodeFromChars(publicKey);
        return new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = point[1..33], Y = point[33..] } };
    }

    [GeneratedRegex(@"^vapid t=(?<t>[\w-]+\.[\w-]+\.[\w-]+), k=(?<k>[\w-]{87})$")]
    private static partial Regex Authorization();

    private sealed class SharedSecrets : ISecretStore
    {
        private byte[]? _kept;

        public ValueTask<byte[]> LoadOrCreateAsync(string name, byte[] candidate, CancellationToken cancellationToken) => new(_kept ??= candidate);
    }
}
