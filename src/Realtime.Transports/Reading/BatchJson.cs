using System.Buffers;
using Realtime.Sessions;

namespace Realtime.Transports.Reading;

/// <summary>Batches of messages as JSON.</summary>
internal static class BatchJson
{
    /// <summary>Writes the messages, separated by commas, and advances <paramref name="cursor"/> over them.</summary>
    internal static void Write(IBufferWriter<byte> output, ReadOnlySpan<Delivery.Delivery> batch, CursorBuilder cursor)
    {
        var first = true;
        foreach (var delivery in batch)
        {
            if (!first)
                output.Write(","u8);
            first = false;
            output.Write(delivery.Message.Json.Span);
            cursor.Advance(delivery.Entry, delivery.Message.Offset);
        }
    }
}
