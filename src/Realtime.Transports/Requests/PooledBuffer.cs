using System.Buffers;

namespace Realtime.Transports.Requests;

/// <summary>Rented buffers for what comes in without saying how long it will be.</summary>
internal static class PooledBuffer
{
    /// <summary>A rented buffer of twice the size with the same content; <paramref name="full"/> goes back to the pool.</summary>
    internal static byte[] Grow(byte[] full)
    {
        var larger = ArrayPool<byte>.Shared.Rent(full.Length * 2);
        full.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(full);
        return larger;
    }
}
