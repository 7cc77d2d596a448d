using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Realtime.Backbones;

/// <summary>Writes the body of a frame, with room left for its header and checksum.</summary>
internal sealed class FrameWriter
{
    private readonly ArrayBufferWriter<byte> _buffer;

    internal FrameWriter(int capacity = 512)
    {
        _buffer = new ArrayBufferWriter<byte>(capacity + FrameHeader.Length + FrameHeader.ChecksumLength);
        _buffer.GetSpan(FrameHeader.Length);
        _buffer.Advance(FrameHeader.Length);
    }

    /// <summary>What was written, without the room for the header.</summary>
    internal ReadOnlySpan<byte> Body => _buffer.WrittenSpan[FrameHeader.Length..];

    internal int BodyLength => _buffer.WrittenCount - FrameHeader.Length;

    internal void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(sizeof(uint)), value);
        _buffer.Advance(sizeof(uint));
    }

    /// <summary>Writes a number from 0 up, seven bits to a byte.</summary>
    internal void WriteNumber(long value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        for (var left = (ulong)value; ; left >>= 7)
        {
            span[length++] = (byte)(left >= 0x80 ? left | 0x80 : left);
            if (left < 0x80)
                break;
        }

        _buffer.Advance(length);
    }

    internal void WriteText(string text)
    {
        WriteNumber(Encoding.UTF8.GetByteCount(text));
        _buffer.Advance(Encoding.UTF8.GetBytes(text, _buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
    }

    internal void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteNumber(bytes.Length);
        _buffer.Write(bytes);
    }

    /// <summary>The finished frame. The writer is not used any more.</summary>
    internal Memory<byte> Finish()
    {
        _buffer.GetSpan(FrameHeader.ChecksumLength);
        _buffer.Advance(FrameHeader.ChecksumLength);
        // The array behind it belongs to nobody else.
        return System.Runtime.InteropServices.MemoryMarshal.AsMemory(_buffer.WrittenMemory);
    }
}
