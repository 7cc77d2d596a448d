using System.Buffers;
using Realtime.Lab.Loop;

namespace Realtime.Lab.Wire;

/// <summary>Takes one or more whole units (WebSocket messages, events, records, bodies).</summary>
internal delegate void UnitHandler(ReadOnlySpan<byte> units);

/// <summary>
/// Makes whole units of pieces. A unit that is whole in its piece is handed on where it lies; only one that is cut is copied, into a
/// buffer that is pooled and given back as soon as the unit is whole.
/// </summary>
internal sealed class UnitAssembler(UnitHandler handler)
{
    private const int MaxUnit = 64 * 1024 * 1024;

    private byte[]? _kept;
    private int _length;

    /// <summary>Bytes of an unfinished unit.</summary>
    public int Pending => _length;

    /// <summary>Takes a piece of a unit whose end is known from outside.</summary>
    public void Append(ReadOnlySpan<byte> piece, bool end)
    {
        if (!end)
        {
            Keep(piece);
            return;
        }
        if (_length == 0)
        {
            handler(piece);
            return;
        }
        Keep(piece);
        Release(_length);
    }

    /// <summary>Takes a piece of a stream whose units end with a mark; hands on all that are whole, together.</summary>
    public void AppendDelimited(ReadOnlySpan<byte> piece, ReadOnlySpan<byte> mark)
    {
        if (_length == 0)
        {
            var whole = Through(piece, mark);
            if (whole > 0)
                handler(piece[..whole]);
            Keep(piece[whole..]);
            return;
        }
        // The mark itself may be cut, so the search begins a little before the new piece.
        var from = Math.Max(0, _length - mark.Length + 1);
        Keep(piece);
        var end = Through(_kept.AsSpan(from, _length - from), mark);
        if (end > 0)
            Release(from + end);
    }

    /// <summary>Forgets what is unfinished and gives its buffer back.</summary>
    public void Clear()
    {
        if (_kept is not null)
            ArrayPool<byte>.Shared.Return(_kept);
        _kept = null;
        _length = 0;
    }

    private static int Through(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark) =>
        text.LastIndexOf(mark) is var last and >= 0 ? last + mark.Length : 0;

    private void Release(int length)
    {
        handler(_kept.AsSpan(0, length));
        // The handler may have closed the connection, and with it this.
        if (length >= _length)
        {
            Clear();
            return;
        }
        _kept.AsSpan(length, _length - length).CopyTo(_kept);
        _length -= length;
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (piece.Length == 0)
            return;
        var needed = _length + piece.Length;
        if (needed > MaxUnit)
            throw new WireException("the server sent a unit of more than 64 MiB");
        if (_kept is null || _kept.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _length));
            _kept.AsSpan(0, _length).CopyTo(larger);
            if (_kept is not null)
                ArrayPool<byte>.Shared.Return(_kept);
            _kept = larger;
        }
        piece.CopyTo(_kept.AsSpan(_length));
        _length = needed;
    }
}
