using System.Buffers.Text;
using Realtime.Lab.Loop;

namespace Realtime.Lab.Wire;

/// <summary>What the lab needs of one message.</summary>
/// <param name="Channel">The channel's number in the workload.</param>
/// <param name="Number">The message's number in its channel, from 0, as the publisher counted.</param>
/// <param name="Offset">The server's offset; 0 where it gives none.</param>
/// <param name="Intended">When it should have been sent, on the lab's clock in microseconds.</param>
internal readonly record struct ScannedMessage(int Channel, long Number, long Offset, long Intended);

/// <summary>
/// Finds the lab's messages in text of any of the wire formats without parsing it. <c>"data":{"c":</c> can't occur inside a JSON string,
/// whose quotes are escaped, so a search for bytes finds exactly the messages; offset and data come in the order that the protocol shows.
/// </summary>
internal ref struct MessageScanner(ReadOnlySpan<byte> text)
{
    private static ReadOnlySpan<byte> Data => "\"data\":{\"c\":"u8;

    private ReadOnlySpan<byte> _rest = text;

    /// <summary>Goes on to the next message.</summary>
    /// <exception cref="WireException">There is one, and it lacks what the publisher put in.</exception>
    public bool Next(out ScannedMessage message)
    {
        message = default;
        var start = _rest.IndexOf(Data);
        if (start < 0)
            return false;
        var head = _rest[..start];
        var offset = head.LastIndexOf("\"offset\":"u8) is var at and >= 0 ? Number(head[(at + 9)..], out _) : 0;
        var body = _rest[(start + Data.Length)..];
        var channel = Number(body, out var used);
        body = Field(body[used..], ",\"n\":"u8);
        var number = Number(body, out used);
        body = Field(body[used..], ",\"t\":"u8);
        var intended = Number(body, out used);
        _rest = body[used..];
        message = new ScannedMessage((int)channel, number, offset, intended);
        return true;
    }

    /// <summary>The value of <c>"cursor":"…"</c>; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Cursor(ReadOnlySpan<byte> text)
    {
        var start = text.IndexOf("\"cursor\":\""u8);
        if (start < 0)
            return [];
        var value = text[(start + 10)..];
        var end = value.IndexOf((byte)'"');
        return end < 0 ? [] : value[..end];
    }

    /// <summary>How many messages the gaps of this text say are lost: <c>first − requested</c>, summed.</summary>
    public static long LostByGaps(ReadOnlySpan<byte> units)
    {
        var lost = 0L;
        while (units.IndexOf("\"requested\":"u8) is var at and >= 0)
        {
            units = units[(at + 12)..];
            var requested = Number(units, out _);
            var first = units.IndexOf("\"first\":"u8);
            if (first < 0)
                break;
            lost += Math.Max(0, Number(units[(first + 8)..], out _) - requested);
        }
        return lost;
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        if (!text.StartsWith(name))
            throw new WireException("a message came with other data than was published");
        return text[name.Length..];
    }

    private static long Number(ReadOnlySpan<byte> text, out int used)
    {
        if (!Utf8Parser.TryParse(text, out long value, out used))
            throw new WireException("a message came with other data than was published");
        return value;
    }
}
