using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Realtime.Channels;

namespace Realtime.Sessions;

/// <summary>Writes the text of cursors, reusing its buffers from one to the next. Not safe for concurrent use.</summary>
public sealed class CursorBuilder
{
    private CursorEntry[] _entries = new CursorEntry[4];
    private byte[] _raw = new byte[128];

    /// <summary>How many channels the cursor holds.</summary>
    public int Count { get; private set; }

    /// <summary>Starts an empty cursor.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a channel.</summary>
    /// <returns>Its place, for <see cref="Advance"/>.</returns>
    public int Add(ulong channel, Position position)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);
        _entries[Count] = new CursorEntry(channel, position);
        return Count++;
    }

    /// <summary>Moves the channel at <paramref name="index"/> to after <paramref name="offset"/>, in the epoch that it has.</summary>
    public void Advance(int index, long offset)
    {
        ref var entry = ref _entries[index];
        entry = entry with { Position = entry.Position with { Offset = offset } };
    }

    /// <summary>Writes the cursor's text as UTF-8, without quotes.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var raw = WriteRaw();
        var length = Base64Url.EncodeToUtf8(raw, output.GetSpan(Base64Url.GetEncodedLength(raw.Length)));
        output.Advance(length);
    }

    /// <summary>The cursor's text.</summary>
    public override string ToString() => Base64Url.EncodeToString(WriteRaw());

    private ReadOnlySpan<byte> WriteRaw()
    {
        var needed = 1 + Count * Cursor.MaxEntryLength + Cursor.ChecksumLength;
        if (_raw.Length < needed)
            _raw = new byte[needed * 2];
        _raw[0] = Cursor.Version;
        var length = 1;
        foreach (var entry in _entries.AsSpan(0, Count))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_raw.AsSpan(length), entry.Channel);
            BinaryPrimitives.WriteUInt32LittleEndian(_raw.AsSpan(length + 8), entry.Position.Epoch.Value);
            length += 12;
            var offset = (ulong)entry.Position.Offset;
            for (; offset >= 0x80; offset >>= 7)
                _raw[length++] = (byte)(offset | 0x80);
            _raw[length++] = (byte)offset;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_raw.AsSpan(length), Cursor.Checksum(_raw.AsSpan(0, length)));
        return _raw.AsSpan(0, length + Cursor.ChecksumLength);
    }
}
