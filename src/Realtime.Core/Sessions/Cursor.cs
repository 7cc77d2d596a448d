using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Hashing;
using Realtime.Channels;

namespace Realtime.Sessions;

/// <summary>Where a reader stands in one of its channels.</summary>
/// <param name="Channel">The channel's <see cref="ChannelKey"/>.</param>
/// <param name="Position">The place after the last message that the reader was given.</param>
public readonly record struct CursorEntry(ulong Channel, Position Position);

/// <summary>A reader's place in all its channels, as the opaque, URL-safe text that clients keep. Immutable.</summary>
/// <remarks>
/// The text is the Base64Url form of: a version byte; for each channel its key (8 bytes), epoch (4 bytes) and offset (a varint); and a 4-byte
/// checksum, which tells a truncated or garbled cursor from a good one. Channels are named by a hash, so that the size does not depend on their
/// names: 256 of them take 5,810 characters with offsets below 2³⁵. A cursor grants nothing: each channel is authorised on its own.
/// </remarks>
public sealed class Cursor
{
    /// <summary>The longest text that is looked at, in characters.</summary>
    public const int MaxTextLength = 64 * 1024;

    internal const byte Version = 1;
    internal const int ChecksumLength = 4;
    internal const int MinEntryLength = 8 + 4 + 1;
    internal const int MaxEntryLength = 8 + 4 + 10;

    private static readonly Comparer<CursorEntry> ByChannel = Comparer<CursorEntry>.Create((left, right) => left.Channel.CompareTo(right.Channel));

    /// <summary>The largest offset, 2⁵³ − 1: beyond it clients that count in doubles, as JavaScript does, could not tell one from the next.</summary>
    internal const long MaxOffset = (1L << 53) - 1;

    private readonly CursorEntry[] _entries;

    private Cursor(CursorEntry[] entries) => _entries = entries;

    /// <summary>How many channels it holds.</summary>
    public int Count => _entries.Length;

    /// <summary>The place in the channel with the given key.</summary>
    public bool TryGet(ulong channel, out Position position)
    {
        var index = Array.BinarySearch(_entries, new CursorEntry(channel, default), ByChannel);
        position = index >= 0 ? _entries[index].Position : default;
        return index >= 0;
    }

    /// <summary>Reads a cursor's text.</summary>
    /// <returns>False when it is not, whole and unchanged, what a server once gave out.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out Cursor? cursor)
    {
        cursor = null;
        // Nothing longer than the largest cursor is worth decoding; and the decoder takes padding and white space, which no server writes.
        if (text.Length is 0 or > MaxTextLength || text.ContainsAny("= \t\r\n"))
            return false;
        var rented = ArrayPool<byte>.Shared.Rent(text.Length);
        try
        {
            return Base64Url.DecodeFromChars(text, rented, out var consumed, out var length) == OperationStatus.Done
                && consumed == text.Length
                && TryRead(rented.AsSpan(0, length), out cursor);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> raw, out Cursor? cursor)
    {
        cursor = null;
        if (raw.Length < 1 + ChecksumLength || raw[0] != Version)
            return false;
        var body = raw[1..^ChecksumLength];
        if (Checksum(raw[..^ChecksumLength]) != BinaryPrimitives.ReadUInt32LittleEndian(raw[^ChecksumLength..]))
            return false;

        var entries = new CursorEntry[body.Length / MinEntryLength];
        var count = 0;
        while (!body.IsEmpty)
        {
            if (body.Length < MinEntryLength)
                return false;
            var channel = BinaryPrimitives.ReadUInt64LittleEndian(body);
            var epoch = new Epoch(BinaryPrimitives.ReadUInt32LittleEndian(body[8..]));
            body = body[12..];
            if (!TryReadVarint(ref body, out var offset) || offset > MaxOffset)
                return false;
            entries[count++] = new CursorEntry(channel, new Position(epoch, offset));
        }

        Array.Resize(ref entries, count);
        Array.Sort(entries, ByChannel);
        for (var i = 1; i < count; i++)
        {
            if (entries[i].Channel == entries[i - 1].Channel)
                return false;
        }

        cursor = new Cursor(entries);
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> body, out long value)
    {
        ulong result = 0;
        for (var i = 0; i < body.Length && i < 9; i++)
        {
            result |= (ulong)(body[i] & 0x7F) << (7 * i);
            if (body[i] < 0x80)
            {
                body = body[(i + 1)..];
                value = (long)result;
                return true;
            }
        }

        value = 0;
        return false;
    }

    internal static uint Checksum(ReadOnlySpan<byte> body) => XxHash32.HashToUInt32(body);
}
