using System.Text;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Tests.Requests;

public sealed class JsonDataTests
{
    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("[[],{}]")]
    [InlineData("{\"a\\\"[[[\":\"\\\\\"}")]
    [InlineData("\"😀 \\ud83d\\uDE00 \\u0041\\n\"")]
    [InlineData("\"\\\\ud800\"")]
    [InlineData("\"\\ud83d\\ude00\\ud83d\\ude00\"")]
    public void Fine_data_is_not_refused(string json) => Assert.Null(Refusal(json));

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"\\uDFFF\"")]
    [InlineData("\"\\ud800\\ud800\"")]
    [InlineData("\"\\ud83dx\\ude00\"")]
    [InlineData("\"\\ud83d\\\\ude00\"")]
    [InlineData("\"\\ud83d\\n\"")]
    [InlineData("\"\\ude00\\ud83d\"")]
    [InlineData("[1,{\"a\":[\"ok\",\"\\ud83d\"]}]")]
    [InlineData("{\"\\ud83d\":1}")]
    public void Half_of_a_surrogate_pair_is_refused(string json) => Assert.Contains("surrogate", Refusal(json), StringComparison.Ordinal);

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Nesting_has_a_limit(int depth, bool fine)
    {
        Assert.Equal(fine, Refusal(new string('[', depth) + new string(']', depth)) is null);
        Assert.Equal(fine, Refusal(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)) is null);
    }

    [Fact]
    public void Width_is_not_depth() => Assert.Null(Refusal("[" + string.Join(',', Enumerable.Repeat("[[]]", 500)) + "]"));

    private static string? Refusal(string json) => JsonData.Refusal(Encoding.UTF8.GetBytes(json));
}
