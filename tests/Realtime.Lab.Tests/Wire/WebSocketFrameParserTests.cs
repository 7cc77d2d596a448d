using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Tests.Wire;

public class WebSocketFrameParserTests
{
    [Fact]
    public void Messages_and_control_frames_are_the_same_wherever_the_stream_is_cut()
    {
        byte[] stream =
        [
            .. Frame(WebSocketOpcode.Text, "short"), .. Frame(WebSocketOpcode.Text, ""), .. Frame(WebSocketOpcode.Ping, "are you there"),
            .. Frame(WebSocketOpcode.Text, new string('m', 300)),
            .. Frame(WebSocketOpcode.Text, "first ", final: false), .. Frame(WebSocketOpcode.Ping, ""), .. Frame(WebSocketOpcode.Continuation, "second"),
        ];
        Cuts.Everywhere(stream, feed =>
        {
            var frames = new RecordingFrames();
            var parser = new WebSocketFrameParser(frames);
            feed(piece => parser.Feed(piece));

            Assert.Equal(["short", "", new string('m', 300), "first second"], frames.Messages);
            Assert.Equal(["Ping are you there", "Ping "], frames.Controls);
        });
    }

    [Fact]
    public void A_frame_above_64_KiB_is_whole()
    {
        var text = new string('l', 70_000);
        var frames = new RecordingFrames();

        new WebSocketFrameParser(frames).Feed([0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70, .. Encoding.ASCII.GetBytes(text)]);

        Assert.Equal([text], frames.Messages);
    }

    [Fact]
    public void A_masked_frame_of_a_server_is_refused() =>
        Assert.Throws<WireException>(() => new WebSocketFrameParser(new RecordingFrames()).Feed([0x81, 0x81, 0, 0, 0, 0, 65]));

    [Theory]
    [InlineData(5, 11)]
    [InlineData(125, 131)]
    [InlineData(126, 134)]
    public void A_client_frame_is_masked_and_has_the_length_of_its_payload(int payload, int expected)
    {
        var target = new byte[payload + 8];

        var written = WebSocketFrameParser.Write(target, WebSocketOpcode.Text, new byte[payload]);

        Assert.Equal(expected, written);
        Assert.Equal(0x81, target[0]);
        Assert.Equal(0x80 | Math.Min(payload, 126), target[1]);
    }

    private static byte[] Frame(WebSocketOpcode opcode, string text, bool final = true)
    {
        var payload = Encoding.ASCII.GetBytes(text);
        byte[] length = payload.Length < 126 ? [(byte)payload.Length] : [126, (byte)(payload.Length >> 8), (byte)payload.Length];
        return [(byte)((final ? 0x80 : 0) | (int)opcode), .. length, .. payload];
    }

    private sealed class RecordingFrames : IWebSocketFrames
    {
        private string _message = "";

        public List<string> Messages { get; } = [];

        public List<string> Controls { get; } = [];

        public void Message(ReadOnlySpan<byte> piece, bool end)
        {
            _message += Encoding.ASCII.GetString(piece);
            if (!end)
                return;
            Messages.Add(_message);
            _message = "";
        }

        public void Control(WebSocketOpcode opcode, ReadOnlySpan<byte> payload) => Controls.Add($"{opcode} {Encoding.ASCII.GetString(payload)}");
    }
}
