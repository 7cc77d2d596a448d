namespace Realtime.Lab.Tests.Wire;

/// <summary>Ways to cut a stream of bytes into pieces, as a network may.</summary>
internal static class Cuts
{
    /// <summary>Hands on the whole in two pieces, for every place where it can be cut, and then byte by byte.</summary>
    /// <param name="bytes">The whole.</param>
    /// <param name="attempt">Gets a fresh taker of pieces and must check at the end.</param>
    public static void Everywhere(byte[] bytes, Action<Action<Action<byte[]>>> attempt)
    {
        for (var cut = 0; cut <= bytes.Length; cut++)
            attempt(take => Array.ForEach([bytes[..cut], bytes[cut..]], piece => take(piece)));
        attempt(take => Array.ForEach(bytes, single => take([single])));
    }
}
