using System.Security.Cryptography;

namespace Realtime.WebPush.Encryption;

/// <summary>Public keys on the curve P-256 as Web Push writes them: a point, uncompressed.</summary>
internal static class PublicPoint
{
    /// <summary>The mark of an uncompressed point, and its two coordinates.</summary>
    internal const int Length = 1 + 2 * CoordinateLength;

    private const int CoordinateLength = 32;
    private const byte Uncompressed = 4;

    /// <summary>Writes a public key.</summary>
    internal static byte[] Encode(ECParameters key)
    {
        var point = new byte[Length];
        point[0] = Uncompressed;
        // Coordinates are of the curve's full length, with their leading zeros.
        key.Q.X!.CopyTo(point, 1);
        key.Q.Y!.CopyTo(point, 1 + CoordinateLength);
        return point;
    }

    /// <summary>Reads a public key.</summary>
    /// <param name="point">Any bytes.</param>
    /// <returns>Null when they are no point of the curve. The caller disposes the key.</returns>
    internal static ECDiffieHellman? Decode(ReadOnlySpan<byte> point)
    {
        if (point.Length != Length || point[0] != Uncompressed)
            return null;
        try
        {
            return ECDiffieHellman.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = point[1..(1 + CoordinateLength)].ToArray(), Y = point[(1 + CoordinateLength)..].ToArray() },
            });
        }
        catch (CryptographicException)
        {
            // Off the curve. A secret agreed upon with such a point would tell of the private key.
            return null;
        }
    }
}
