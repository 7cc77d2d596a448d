using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Tests.Wire;

public class MessageScannerTests
{
    [Fact]
    public void Messages_of_a_batch_are_found_with_their_offsets()
    {
        const string Frame =
            """{"messages":[{"channel":"room:a","offset":41,"id":"x","type":"chat","user":"bench","time":"t","data":{"c":0,"n":40,"t":1234,"text":"hi"}},"""
            + """{"channel":"room:b","offset":7,"id":"y","type":"chat","user":"bench","time":"t","data":{"c":1,"n":5,"t":-9}}],"cursor":"abc_-1"}""";

        Assert.Equal([new ScannedMessage(0, 40, 41, 1234), new ScannedMessage(1, 5, 7, -9)], Scan(Frame));
        Assert.Equal("abc_-1", Encoding.ASCII.GetString(MessageScanner.Cursor(Encoding.ASCII.GetBytes(Frame))));
    }

    [Fact]
    public void A_message_without_an_offset_has_none() =>
        Assert.Equal(
            [new ScannedMessage(2, 3, 0, 4)],
            Scan("""{"type":1,"target":"message","arguments":[{"channel":"a","user":null,"data":{"c":2,"n":3,"t":4}}]}"""));

    [Fact]
    public void Text_that_looks_like_a_message_is_not_one()
    {
        const string Frame =
            """{"offset":1,"data":{"c":0,"n":0,"t":1,"text":"\"offset\":99,\"data\":{\"c\":5,\"n\":6,\"t\":7} \"cursor\":\"no\""}},{"offset":2,"data":{"c":0,"n":1,"t":2}}""";

        Assert.Equal([new ScannedMessage(0, 0, 1, 1), new ScannedMessage(0, 1, 2, 2)], Scan(Frame));
        Assert.True(MessageScanner.Cursor(Encoding.ASCII.GetBytes(Frame)).IsEmpty);
    }

    [Theory]
    [InlineData("""{"offset":1,"data":{"c":0,"t":1}}""")]
    [InlineData("""{"offset":1,"data":{"c":0,"n":"x","t":1}}""")]
    [InlineData("""{"offset":1,"data":{"c":""")]
    public void Data_that_was_changed_is_refused(string text) => Assert.Throws<WireException>(() => Scan(text));

    [Fact]
    public void Gaps_tell_how_much_is_lost() =>
        Assert.Equal(
            73 + 1,
            MessageScanner.LostByGaps(
                """[{"channel":"a","epoch":"e","requested":17,"first":90,"head":120,"reason":"trimmed"},{"channel":"b","epoch":"e","requested":1,"first":2,"head":2}]"""u8));

    private static List<ScannedMessage> Scan(string text)
    {
        var found = new List<ScannedMessage>();
        var scanner = new MessageScanner(Encoding.UTF8.GetBytes(text));
        while (scanner.Next(out var message))
            found.Add(message);
        return found;
    }
}
