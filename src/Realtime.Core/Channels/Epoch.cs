using System.Globalization;
using System.Security.Cryptography;

namespace Realtime.Channels;

/// <summary>Names one life of a channel's log: when the log is lost or cleared, the epoch changes. Written as eight hexadecimal digits.</summary>
/// <param name="Value">The 32 random bits that tell one life from another.</param>
public readonly record struct Epoch(uint Value)
{
    /// <summary>A new random epoch.</summary>
    public static Epoch Create() => new(BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint))));

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x8", CultureInfo.InvariantCulture);
}

/// <summary>A place in one life of a channel's log.</summary>
/// <param name="Epoch">The life of the log.</param>
/// <param name="Offset">The offset of the last message before the place; 0 is the beginning.</param>
public readonly record struct Position(Epoch Epoch, long Offset);

/// <summary>What a channel's log holds.</summary>
/// <param name="Epoch">The present life of the log.</param>
/// <param name="First">The offset of the oldest retained message; <paramref name="Head"/> + 1 when none is.</param>
/// <param name="Head">The offset of the newest message ever appended in this epoch; 0 when there was none.</param>
public readonly record struct ChannelState(Epoch Epoch, long First, long Head);
