namespace Realtime.Lab.Publishing;

/// <summary>A <c>data</c> of a fixed size that holds what readers look for.</summary>
internal static class Payload
{
    private static readonly byte[] Filling = [.. Enumerable.Repeat((byte)'x', 4096)];

    /// <summary>Writes it.</summary>
    /// <param name="request">Where to.</param>
    /// <param name="stream">The number of the channel or stream.</param>
    /// <param name="number">The message's number in it.</param>
    /// <param name="due">The intended send time.</param>
    /// <param name="size">The size of the whole value in bytes; at least what is needed without filling.</param>
    public static void Write(RequestBuffer request, int stream, long number, long due, int size)
    {
        var start = request.BodyLength;
        request.Add("{\"c\":"u8);
        request.Add(stream);
        request.Add(",\"n\":"u8);
        request.Add(number);
        request.Add(",\"t\":"u8);
        request.Add(due);
        request.Add(",\"p\":\""u8);
        request.Add(Filling.AsSpan(0, Math.Clamp(size - (request.BodyLength - start) - 2, 0, Filling.Length)));
        request.Add("\"}"u8);
    }
}
