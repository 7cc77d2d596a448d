using System.Buffers.Text;
using System.Text;

namespace Realtime.Lab.Publishing;

/// <summary>
/// One POST request, built in place and sent in one piece: the body is written behind room for the head, which is put before it once its
/// length is known.
/// </summary>
internal sealed class RequestBuffer
{
    private const int LongestNumber = 20;

    private readonly byte[] _head;
    private byte[] _buffer;
    private int _length;

    public RequestBuffer(string path, string headers)
    {
        _head = Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\n{headers}Content-Type: application/json\r\nContent-Length: ");
        _buffer = new byte[4096];
        Clear();
    }

    /// <summary>Bytes of the body so far.</summary>
    public int BodyLength => _length - BodyStart;

    private int BodyStart => _head.Length + LongestNumber + 4;

    /// <summary>Starts a new body.</summary>
    public void Clear() => _length = BodyStart;

    public void Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Room(text.Length));
        _length += text.Length;
    }

    public void Add(long number)
    {
        Utf8Formatter.TryFormat(number, Room(LongestNumber), out var written);
        _length += written;
    }

    /// <summary>The whole request; valid until the body is changed.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        Span<byte> number = stackalloc byte[LongestNumber];
        Utf8Formatter.TryFormat(BodyLength, number, out var digits);
        var start = BodyStart - 4 - digits - _head.Length;
        _head.CopyTo(_buffer.AsSpan(start));
        number[..digits].CopyTo(_buffer.AsSpan(start + _head.Length));
        "\r\n\r\n"u8.CopyTo(_buffer.AsSpan(BodyStart - 4));
        return _buffer.AsSpan(start, _length - start);
    }

    private Span<byte> Room(int size)
    {
        if (_buffer.Length < _length + size)
            Array.Resize(ref _buffer, Math.Max(_length + size, 2 * _buffer.Length));
        return _buffer.AsSpan(_length);
    }
}
