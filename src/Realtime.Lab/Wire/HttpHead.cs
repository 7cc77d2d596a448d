using System.Buffers.Text;
using System.Text;
using Realtime.Lab.Loop;

namespace Realtime.Lab.Wire;

/// <summary>What the lab needs to know of an HTTP response before its body.</summary>
/// <param name="Status">The status code.</param>
/// <param name="ContentLength">Bytes of the body; null where it is chunked or lasts until the connection ends.</param>
/// <param name="Chunked">Whether the body comes in chunks.</param>
/// <param name="RetryAfter">The server's wish, in whole seconds; null without the header.</param>
internal readonly record struct HttpHead(int Status, long? ContentLength, bool Chunked, TimeSpan? RetryAfter)
{
    /// <summary>Parses status line and headers, up to but without the empty line.</summary>
    /// <exception cref="WireException">This is not HTTP/1.1.</exception>
    public static HttpHead Parse(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12 || !head.StartsWith("HTTP/1."u8) || !Utf8Parser.TryParse(head[9..], out int status, out _))
            throw new WireException($"not an HTTP response: {Encoding.Latin1.GetString(head[..Math.Min(40, head.Length)])}");
        long? length = null;
        var chunked = false;
        TimeSpan? retryAfter = null;
        while (head.IndexOf("\r\n"u8) is var end and >= 0)
        {
            head = head[(end + 2)..];
            if (Value(head, "Content-Length:"u8, out var text) && Utf8Parser.TryParse(text, out long bytes, out _))
                length = bytes;
            else if (Value(head, "Transfer-Encoding:"u8, out text))
                chunked = text.StartsWith("chunked"u8);
            else if (Value(head, "Retry-After:"u8, out text) && Utf8Parser.TryParse(text, out int seconds, out _))
                retryAfter = TimeSpan.FromSeconds(seconds);
        }
        return new HttpHead(status, length, chunked, retryAfter);
    }

    private static bool Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (line.Length < name.Length || !Ascii.EqualsIgnoreCase(line[..name.Length], name))
            return false;
        value = line[name.Length..].TrimStart((byte)' ');
        return true;
    }
}
