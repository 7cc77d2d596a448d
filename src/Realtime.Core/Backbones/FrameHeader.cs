using System.Buffers.Binary;
using System.IO.Hashing;

namespace Realtime.Backbones;

/// <summary>What a frame between nodes says.</summary>
internal enum FrameKind : byte
{
    /// <summary>Committed messages of one shard.</summary>
    Messages = 1,

    /// <summary>A signal.</summary>
    Signal = 2,

    /// <summary>Who is where.</summary>
    Presence = 3,

    /// <summary>How the sender is.</summary>
    Status = 4,

    /// <summary>The sender could not send frames for a while: what they said has to be pulled.</summary>
    Missed = 5,

    /// <summary>The sender leaves in an orderly way.</summary>
    Goodbye = 6,

    /// <summary>What is in the place of a deleted message.</summary>
    Deleted = 7,

    /// <summary>A post, for followers who are connected elsewhere.</summary>
    Post = 8,

    /// <summary>A user follows others than before.</summary>
    Follows = 9,
}

/// <summary>The first bytes of every frame. All numbers are little-endian.</summary>
/// <remarks>"RT", version (1 byte), kind (1), shard (1), sender (16), sequence (8), body, and the XXH32 of all that (4).</remarks>
/// <param name="Kind">What the body is.</param>
/// <param name="Shard">Where it was sent.</param>
/// <param name="Sender">A random number of the process that sent it.</param>
/// <param name="Sequence">1, 2, 3 … for the frames of one sender in one shard: a jump tells of a lost one.</param>
internal readonly record struct FrameHeader(FrameKind Kind, int Shard, Guid Sender, long Sequence)
{
    internal const int Length = 2 + 1 + 1 + 1 + 16 + sizeof(long);
    internal const int ChecksumLength = sizeof(uint);

    /// <summary>Nodes of different versions ignore each other's frames, and serve their readers from the store.</summary>
    private const byte Version = 1;

    /// <summary>Writes the header into the first <see cref="Length"/> bytes and the checksum into the last <see cref="ChecksumLength"/>.</summary>
    internal void Seal(Span<byte> frame)
    {
        frame[0] = (byte)'R';
        frame[1] = (byte)'T';
        frame[2] = Version;
        frame[3] = (byte)Kind;
        frame[4] = (byte)Shard;
        Sender.TryWriteBytes(frame[5..]);
        BinaryPrimitives.WriteInt64LittleEndian(frame[21..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[^ChecksumLength..], XxHash32.HashToUInt32(frame[..^ChecksumLength]));
    }

    /// <summary>Reads a frame; false when it is none of this product and version, or was damaged.</summary>
    internal static bool TryOpen(ReadOnlyMemory<byte> frame, out FrameHeader header, out ReadOnlyMemory<byte> body)
    {
        header = default;
        body = default;
        var bytes = frame.Span;
        if (bytes.Length < Length + ChecksumLength || bytes[0] != 'R' || bytes[1] != 'T' || bytes[2] != Version || bytes[4] >= ShardInterest.Shards)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^ChecksumLength..]) != XxHash32.HashToUInt32(bytes[..^ChecksumLength]))
            return false;
        header = new FrameHeader(
            (FrameKind)bytes[3], bytes[4], new Guid(bytes.Slice(5, 16)), BinaryPrimitives.ReadInt64LittleEndian(bytes[21..]));
        body = frame[Length..^ChecksumLength];
        return true;
    }
}
