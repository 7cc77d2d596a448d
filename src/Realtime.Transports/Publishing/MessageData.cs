using System.Buffers;
using System.Text.Json;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Publishing;

/// <summary>Checks the <c>data</c> of a message and brings it onto one line, every token as it came.</summary>
internal static class MessageData
{
    /// <summary>The deepest nesting; deeper data would trip the parsers of readers.</summary>
    private const int MaxDepth = 64;

    private static readonly SearchValues<byte> WhiteSpaceOrQuote = SearchValues.Create(" \t\r\n\""u8);
    private static readonly SearchValues<byte> QuoteOrBackslash = SearchValues.Create("\"\\"u8);

    /// <summary>The value's text without white space between tokens.</summary>
    /// <param name="data">A parsed value; its raw text is measured and copied.</param>
    /// <param name="limits">The largest size.</param>
    /// <exception cref="ProblemException">413 when it is too large, 400 when it is too deep or holds half a surrogate pair.</exception>
    internal static byte[] Read(JsonElement data, LimitOptions limits)
    {
        var raw = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(data);
        if (raw.Length > limits.MaxMessageBytes)
            throw new ProblemException(Problem.TooLarge($"data is {raw.Length} bytes; this server takes {limits.MaxMessageBytes}."));
        Check(raw);
        return Compact(raw);
    }

    private static void Check(ReadOnlySpan<byte> raw)
    {
        var reader = new Utf8JsonReader(raw, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                // Only an escape can stand for half of a pair; the bytes themselves are valid UTF-8.
                if (reader.ValueIsEscaped && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
                    && reader.ValueSpan.IndexOf("\\u"u8) >= 0)
                    _ = reader.GetString();
            }
        }
        catch (JsonException)
        {
            throw new ProblemException(Problem.InvalidField("data", $"nested at most {MaxDepth} deep"));
        }
        catch (InvalidOperationException)
        {
            throw new ProblemException(Problem.InvalidField("data", "valid Unicode, without lone surrogates"));
        }
    }

    private static byte[] Compact(ReadOnlySpan<byte> raw)
    {
        var output = new byte[raw.Length];
        var length = 0;
        while (!raw.IsEmpty)
        {
            var stop = raw.IndexOfAny(WhiteSpaceOrQuote);
            var plain = stop < 0 ? raw : raw[..stop];
            plain.CopyTo(output.AsSpan(length));
            length += plain.Length;
            if (stop < 0)
                break;
            raw = raw[stop..];
            var token = raw[0] == (byte)'"' ? StringLength(raw) : 0;
            raw[..token].CopyTo(output.AsSpan(length));
            length += token;
            raw = raw[Math.Max(token, 1)..];
        }

        return length == output.Length ? output : output[..length];
    }

    private static int StringLength(ReadOnlySpan<byte> raw)
    {
        var at = 1;
        while (true)
        {
            at += raw[at..].IndexOfAny(QuoteOrBackslash);
            if (raw[at] == (byte)'"')
                return at + 1;
            at += 2;
        }
    }
}
