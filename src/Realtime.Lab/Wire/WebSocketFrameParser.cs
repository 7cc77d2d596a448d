using System.Buffers.Binary;
using Realtime.Lab.Loop;

namespace Realtime.Lab.Wire;

/// <summary>Who takes what a <see cref="WebSocketFrameParser"/> finds.</summary>
internal interface IWebSocketFrames
{
    /// <summary>A piece of a message; the last one has <paramref name="end"/> set.</summary>
    void Message(ReadOnlySpan<byte> piece, bool end);

    /// <summary>A whole ping, pong or close frame.</summary>
    void Control(WebSocketOpcode opcode, ReadOnlySpan<byte> payload);
}

/// <summary>The frame types of RFC 6455.</summary>
internal enum WebSocketOpcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>Reads the frames of a server from pieces that may be cut anywhere; payload is handed on as it comes.</summary>
internal sealed class WebSocketFrameParser(IWebSocketFrames frames)
{
    private readonly byte[] _header = new byte[10];
    private int _headerLength;
    private byte[]? _control;
    private int _controlLength;
    private WebSocketOpcode _opcode;
    private bool _final, _inPayload;
    private long _remaining;

    /// <summary>Takes the next bytes of the connection.</summary>
    /// <exception cref="WireException">They break RFC 6455.</exception>
    public void Feed(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            if (!_inPayload && !Header(ref data))
                continue;
            var piece = data[..(int)Math.Min(_remaining, data.Length)];
            data = data[piece.Length..];
            _remaining -= piece.Length;
            _inPayload = _remaining > 0;
            Payload(piece);
        }
    }

    /// <summary>Writes a client's frame. The mask is zero, which RFC 6455's framing allows and which costs nothing to apply.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Write(Span<byte> target, WebSocketOpcode opcode, ReadOnlySpan<byte> payload)
    {
        target[0] = (byte)(0x80 | (int)opcode);
        var header = 2;
        if (payload.Length < 126)
        {
            target[1] = (byte)(0x80 | payload.Length);
        }
        else
        {
            target[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(target[2..], checked((ushort)payload.Length));
            header = 4;
        }
        target.Slice(header, 4).Clear();
        payload.CopyTo(target[(header + 4)..]);
        return header + 4 + payload.Length;
    }

    private bool Header(ref ReadOnlySpan<byte> data)
    {
        do
        {
            _header[_headerLength++] = data[0];
            data = data[1..];
        }
        while (data.Length > 0 && _headerLength < HeaderSize());
        if (_headerLength < HeaderSize())
            return false;
        if ((_header[1] & 0x80) != 0)
            throw new WireException("the server masked a WebSocket frame");
        _final = (_header[0] & 0x80) != 0;
        _opcode = (WebSocketOpcode)(_header[0] & 0x0f);
        _remaining = (_header[1] & 0x7f) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            127 => BinaryPrimitives.ReadInt64BigEndian(_header.AsSpan(2)),
            var small => small,
        };
        if (_opcode >= WebSocketOpcode.Close && (_remaining > 125 || !_final))
            throw new WireException("a WebSocket control frame is too long or fragmented");
        _headerLength = 0;
        _inPayload = _remaining > 0;
        if (!_inPayload)
            Payload([]);
        return _inPayload;
    }

    private int HeaderSize() => _headerLength < 2 ? 2 : (_header[1] & 0x7f) switch { 126 => 4, 127 => 10, _ => 2 };

    private void Payload(ReadOnlySpan<byte> piece)
    {
        if (_opcode < WebSocketOpcode.Close)
        {
            frames.Message(piece, _final && _remaining == 0);
            return;
        }
        _control ??= new byte[125];
        piece.CopyTo(_control.AsSpan(_controlLength));
        _controlLength += piece.Length;
        if (_remaining > 0)
            return;
        var length = _controlLength;
        _controlLength = 0;
        frames.Control(_opcode, _control.AsSpan(0, length));
    }
}
