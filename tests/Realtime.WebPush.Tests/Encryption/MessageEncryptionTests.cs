using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Realtime.WebPush.Encryption;

namespace Realtime.WebPush.Tests.Encryption;

public sealed class MessageEncryptionTests
{
    // The example of RFC 8291, section 5 and appendix A.
    private const string SenderPrivate = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    private const string SenderPublic = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
    private const string ReceiverPublic = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    private const string AuthSecret = "BTBZMqHH6r4Tts7J_aSIgg";
    private const string Salt = "DGv6ra1nlYgDCS1FRnbzlw";
    private const string Body =
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";

    [Fact]
    public void The_example_of_the_standard_comes_out_byte_for_byte()
    {
        var content = "When I grow up, I want to be a watermelon"u8;
        using var sender = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = Decode(SenderPrivate) });

        var body = MessageEncryption.Encrypt(content, Decode(ReceiverPublic), Decode(AuthSecret), sender, Decode(Salt), content.Length);

        Assert.Equal(SenderPublic, Base64Url.EncodeToString(PublicPoint.Encode(sender.ExportParameters(false))));
        Assert.Equal(Body, Base64Url.EncodeToString(body));
    }

    [Theory]
    [InlineData(0, 255)]
    [InlineData(1, 255)]
    [InlineData(255, 255)]
    [InlineData(256, 511)]
    [InlineData(3992, MessageEncryption.MaxContentLength)]
    [InlineData(MessageEncryption.MaxContentLength, MessageEncryption.MaxContentLength)]
    public void Lengths_show_in_steps_alone_and_no_body_is_larger_than_any_push_service_takes(int length, int padded)
    {
        var body = MessageEncryption.Encrypt(new byte[length], Decode(ReceiverPublic), Decode(AuthSecret));

        Assert.Equal(86 + padded + 1 + 16, body.Length);
        Assert.True(body.Length <= 4096);
    }

    [Fact]
    public void The_same_content_never_gives_the_same_body()
    {
        var content = Encoding.UTF8.GetBytes("hello");
        var bodies = Enumerable.Range(0, 2).Select(_ => MessageEncryption.Encrypt(content, Decode(ReceiverPublic), Decode(AuthSecret))).ToList();

        Assert.NotEqual(bodies[0][..16], bodies[1][..16]);
        Assert.NotEqual(bodies[0][21..86], bodies[1][21..86]);
        Assert.NotEqual(bodies[0][86..], bodies[1][86..]);
    }

    [Fact]
    public void Content_that_does_not_fit_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => MessageEncryption.Encrypt(new byte[MessageEncryption.MaxContentLength + 1], Decode(ReceiverPublic), Decode(AuthSecret)));

    [Fact]
    public void A_point_off_the_curve_is_no_key()
    {
        var point = Decode(ReceiverPublic);
        using (var key = PublicPoint.Decode(point))
            Assert.NotNull(key);
        point[^1] ^= 1;
        Assert.Null(PublicPoint.Decode(point));
        Assert.Null(PublicPoint.Decode(new byte[65]));
        Assert.Null(PublicPoint.Decode(Decode(ReceiverPublic).AsSpan(0, 64)));
        // The same point, compressed.
        Assert.Null(PublicPoint.Decode([2, .. Decode(ReceiverPublic).AsSpan(1, 32)]));
    }

    private static byte[] Decode(string text) => Base64Url.DecodeFromChars(text);
}
