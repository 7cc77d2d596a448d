using System.Text.Json;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Tests.Requests;

public sealed class JsonFieldsTests
{
    [Fact]
    public void Absent_and_null_members_are_null()
    {
        foreach (var body in (JsonElement[])[Parse("{}"), Parse("""{"f":null}""")])
        {
            Assert.Null(body.OptionalString("f"));
            Assert.Null(body.OptionalStrings("f", 3));
            Assert.Null(body.OptionalBoolean("f"));
            Assert.Null(body.OptionalInteger("f", 0, 9));
        }
    }

    [Fact]
    public void Members_are_read_by_their_type()
    {
        var body = Parse("""{"s":"é","l":["a",""],"b":true,"i":-3,"other":{}}""").RequireObject();

        Assert.Equal("é", body.OptionalString("s"));
        Assert.Equal(["a", ""], body.OptionalStrings("l", 2)!);
        Assert.True(body.OptionalBoolean("b"));
        Assert.Equal(-3, body.OptionalInteger("i", -3, 3));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"{}\"")]
    public void A_body_that_is_no_object_is_refused(string json) =>
        Assert.Equal("invalid-request", Assert.Throws<ProblemException>(() => Parse(json).RequireObject()).Problem.Name);

    [Theory]
    [InlineData("""{"f":7}""", "f")]
    [InlineData("""{"f":"\udc00"}""", "f")]
    public void A_bad_text_is_named(string json, string field) => AssertNames(field, () => Parse(json).OptionalString("f"));

    [Theory]
    [InlineData("""{"f":"a"}""", "f")]
    [InlineData("""{"f":["a","b","c"]}""", "f")]
    [InlineData("""{"f":["a",null]}""", "f[1]")]
    [InlineData("""{"f":["\ud800x"]}""", "f[0]")]
    public void A_bad_list_is_named(string json, string field) => AssertNames(field, () => Parse(json).OptionalStrings("f", 2));

    [Theory]
    [InlineData("""{"f":10}""")]
    [InlineData("""{"f":-1}""")]
    [InlineData("""{"f":1.5}""")]
    [InlineData("""{"f":1e400}""")]
    [InlineData("""{"f":"1"}""")]
    [InlineData("""{"f":99999999999999999999}""")]
    public void A_bad_number_is_named(string json) => AssertNames("f", () => Parse(json).OptionalInteger("f", 0, 9));

    [Theory]
    [InlineData("""{"f":0}""")]
    [InlineData("""{"f":"true"}""")]
    public void A_bad_boolean_is_named(string json) => AssertNames("f", () => Parse(json).OptionalBoolean("f"));

    [Fact]
    public void A_broken_name_beside_the_member_is_a_refusal_and_no_error() =>
        Assert.Throws<ProblemException>(() => Parse("""{"dat\ud800":1}""").TryGetField("data", out _));

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static void AssertNames(string field, Func<object?> read) =>
        Assert.Equal([field], Assert.Throws<ProblemException>(read).Problem.Errors!.Keys);
}
