using System.Buffers.Binary;
using System.Text;

namespace Realtime.Backbones;

/// <summary>Reads the body of a frame.</summary>
/// <exception cref="FormatException">Thrown by every method when the body is not what the method reads.</exception>
internal struct FrameReader(ReadOnlyMemory<byte> body)
{
    private ReadOnlyMemory<byte> _left = body;

    internal readonly bool IsAtEnd => _left.IsEmpty;

    internal uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)).Span);

    internal long ReadNumber()
    {
        ulong value = 0;
        var span = _left.Span;
        for (var i = 0; i < span.Length && i < 9; i++)
        {
            value |= (ulong)(span[i] & 0x7F) << (7 * i);
            if (span[i] < 0x80)
            {
                _left = _left[(i + 1)..];
                return (long)value;
            }
        }

        throw new FormatException("A number in a frame is cut off or too large.");
    }

    internal int ReadCount(int max)
    {
        var count = ReadNumber();
        return count <= max ? (int)count : throw new FormatException($"A frame counts {count} of what may be {max}.");
    }

    internal string ReadText() => Encoding.UTF8.GetString(ReadBytes().Span);

    internal ReadOnlyMemory<byte> ReadBytes() => Take(ReadNumber());

    private ReadOnlyMemory<byte> Take(long length)
    {
        if (length > _left.Length)
            throw new FormatException("A frame ends before what it announces.");
        var taken = _left[..(int)length];
        _left = _left[(int)length..];
        return taken;
    }
}
