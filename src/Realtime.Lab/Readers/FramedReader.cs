using System.Buffers.Binary;
using Realtime.Lab.Loop;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Readers;

/// <summary>What the two readers over a WebSocket share: the upgrade, frames, pings and closing.</summary>
internal abstract class FramedReader : Reader, IWebSocketFrames
{
    // RFC 6455 wants 16 random bytes to keep caches out; between this reader and its server there is none.
    private const string Upgrade =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cmVhbHRpbWUtbGFiLXJlYQ==\r\n";

    private readonly WebSocketFrameParser _frames;
    private readonly string _path;

    protected FramedReader(ReaderGroup group, int index, string path)
        : base(group, index)
    {
        _path = path;
        _frames = new WebSocketFrameParser(this);
    }

    public override void Head(in HttpHead head)
    {
        if (head.Status != 101)
            throw new WireException($"the server answered {head.Status} to the upgrade");
        Upgraded();
    }

    public override void Body(ReadOnlySpan<byte> piece, bool end)
    {
    }

    public override void Upgraded(ReadOnlySpan<byte> data) => _frames.Feed(data);

    public abstract void Message(ReadOnlySpan<byte> piece, bool end);

    public void Control(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        if (opcode == WebSocketOpcode.Ping)
            SendFrame(WebSocketOpcode.Pong, payload);
        else if (opcode == WebSocketOpcode.Close)
            Fail($"the server closed the WebSocket ({(payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload) : 1005)})");
    }

    protected override void Opened() => Get(_path, Upgrade);

    /// <summary>The upgrade has succeeded.</summary>
    protected abstract void Upgraded();

    protected void SendFrame(WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[payload.Length + 8];
        Send(frame.AsSpan(0, WebSocketFrameParser.Write(frame, opcode, payload)));
    }
}
