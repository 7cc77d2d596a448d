using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Realtime.Channels;

namespace Realtime.Sessions;

/// <summary>The eight bytes by which cursors name a channel, whatever the length of its name.</summary>
public static class ChannelKey
{
    /// <summary>The first eight bytes of the SHA-256 of the name: the same on every node and in every version.</summary>
    /// <remarks>
    /// Should two channels of one reader ever share a key, its position in one is taken for the other's; a cryptographic hash keeps anyone from
    /// choosing names so that this happens.
    /// </remarks>
    public static ulong Of(ChannelName channel)
    {
        Span<byte> name = stackalloc byte[ChannelName.MaxLength];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name[..Encoding.ASCII.GetBytes(channel.Value, name)], hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
