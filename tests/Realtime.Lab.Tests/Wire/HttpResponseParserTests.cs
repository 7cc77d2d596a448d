using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Tests.Wire;

public class HttpResponseParserTests
{
    private const string Several =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello"
        + "HTTP/1.1 204 No Content\r\nretry-after: 3\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"
        + "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public void Responses_are_the_same_wherever_the_stream_is_cut() => Cuts.Everywhere(Encoding.ASCII.GetBytes(Several), feed =>
    {
        var body = new RecordingBody();
        var parser = new HttpResponseParser(body);
        feed(piece => parser.Feed(piece));

        Assert.Equal([200, 204, 200, 503], body.Responses.Select(response => response.Head.Status));
        Assert.Equal(["hello", "", "abcdeabcdefghijklmnopqrstuvwxyz", ""], body.Responses.Select(response => response.Body));
        Assert.Equal(TimeSpan.FromSeconds(3), body.Responses[1].Head.RetryAfter);
    });

    [Fact]
    public void What_follows_an_upgrade_is_handed_on_untouched() => Cuts.Everywhere(
        Encoding.ASCII.GetBytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nHTTP is over"),
        feed =>
        {
            var body = new RecordingBody();
            var parser = new HttpResponseParser(body);
            feed(piece => parser.Feed(piece));

            Assert.Equal("HTTP is over", body.AfterUpgrade);
        });

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public void What_is_not_HTTP_is_refused(string text) =>
        Assert.Throws<WireException>(() => new HttpResponseParser(new RecordingBody()).Feed(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void A_head_without_an_end_is_refused()
    {
        var parser = new HttpResponseParser(new RecordingBody());
        parser.Feed("HTTP/1.1 200 OK\r\nX: "u8);

        Assert.Throws<WireException>(() =>
        {
            for (var i = 0; i < 20; i++)
                parser.Feed(new byte[1024]);
        });
    }
}
