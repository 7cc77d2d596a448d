using System.Buffers.Text;
using Realtime.Lab.Loop;

namespace Realtime.Lab.Wire;

/// <summary>
/// Reads HTTP/1.1 responses from pieces that may be cut anywhere. Bodies are handed on as they come, without being collected; only a head
/// or a chunk size that is cut in two is kept.
/// </summary>
internal sealed class HttpResponseParser(IHttpBody body)
{
    private const int MaxHead = 16 * 1024;

    private byte[] _kept = [];
    private int _keptLength;
    private State _state;
    private long _remaining;

    private enum State
    {
        Head,
        Length,
        UntilEnd,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailer,
        Upgraded,
    }

    /// <summary>Takes the next bytes of the connection.</summary>
    /// <exception cref="WireException">They are not HTTP.</exception>
    public void Feed(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            data = _state switch
            {
                State.Head => Head(data),
                State.Length => Length(data),
                State.ChunkSize => ChunkSize(data),
                State.Chunk => Chunk(data),
                State.ChunkEnd or State.Trailer => ChunkEnd(data),
                State.UntilEnd => UntilEnd(data),
                _ => Upgraded(data),
            };
        }
    }

    private ReadOnlySpan<byte> Head(ReadOnlySpan<byte> data)
    {
        if (!TakeThrough("\r\n\r\n"u8, ref data, out var text))
            return data;
        var head = HttpHead.Parse(text[..^2]);
        body.Head(head);
        _remaining = head.ContentLength ?? 0;
        if (head.Status == 101)
            _state = State.Upgraded;
        else if (head.Status is 204 or 304 || head is { Chunked: false, ContentLength: 0 })
            body.Body([], end: true);
        else
            _state = head.Chunked ? State.ChunkSize : head.ContentLength is null ? State.UntilEnd : State.Length;
        return data;
    }

    private ReadOnlySpan<byte> Length(ReadOnlySpan<byte> data)
    {
        var piece = Take(ref data);
        if (_remaining == 0)
            _state = State.Head;
        body.Body(piece, end: _remaining == 0);
        return data;
    }

    private ReadOnlySpan<byte> ChunkSize(ReadOnlySpan<byte> data)
    {
        if (!TakeThrough("\r\n"u8, ref data, out var text))
            return data;
        if (!Utf8Parser.TryParse(text, out long size, out var used, 'x') || used == 0)
            throw new WireException("a chunk has no size");
        _remaining = size;
        _state = size == 0 ? State.Trailer : State.Chunk;
        return data;
    }

    private ReadOnlySpan<byte> Chunk(ReadOnlySpan<byte> data)
    {
        var piece = Take(ref data);
        if (_remaining == 0)
            _state = State.ChunkEnd;
        body.Body(piece, end: false);
        return data;
    }

    private ReadOnlySpan<byte> ChunkEnd(ReadOnlySpan<byte> data)
    {
        if (!TakeThrough("\r\n"u8, ref data, out var line))
            return data;
        if (_state == State.ChunkEnd)
        {
            _state = State.ChunkSize;
        }
        else if (line.Length == 2)
        {
            _state = State.Head;
            body.Body([], end: true);
        }
        return data;
    }

    private ReadOnlySpan<byte> UntilEnd(ReadOnlySpan<byte> data)
    {
        body.Body(data, end: false);
        return [];
    }

    private ReadOnlySpan<byte> Upgraded(ReadOnlySpan<byte> data)
    {
        body.Upgraded(data);
        return [];
    }

    private ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> data)
    {
        var piece = data[..(int)Math.Min(_remaining, data.Length)];
        data = data[piece.Length..];
        _remaining -= piece.Length;
        return piece;
    }

    // The text up to and with the mark; what was kept from earlier pieces comes first.
    private bool TakeThrough(ReadOnlySpan<byte> mark, ref ReadOnlySpan<byte> data, out ReadOnlySpan<byte> text)
    {
        if (_keptLength == 0 && data.IndexOf(mark) is var whole and >= 0)
        {
            text = data[..(whole + mark.Length)];
            data = data[text.Length..];
            return true;
        }
        var before = _keptLength;
        Keep(data);
        var from = Math.Max(0, before - mark.Length + 1);
        var found = _kept.AsSpan(from, _keptLength - from).IndexOf(mark);
        if (found < 0)
        {
            data = [];
            text = default;
            return false;
        }
        var length = from + found + mark.Length;
        text = _kept.AsSpan(0, length);
        data = data[(length - before)..];
        _keptLength = 0;
        return true;
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        // Only as much as a head may be long: the rest of a large piece is body.
        data = data[..Math.Min(data.Length, MaxHead - _keptLength)];
        if (data.Length == 0)
            throw new WireException("a response head is longer than 16 KiB");
        if (_kept.Length < _keptLength + data.Length)
            Array.Resize(ref _kept, Math.Max(256, _keptLength + data.Length));
        data.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += data.Length;
    }
}
