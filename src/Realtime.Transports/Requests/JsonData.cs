using System.Buffers;
using System.Buffers.Text;

namespace Realtime.Transports.Requests;

/// <summary>The rules for the <c>data</c> of a message beyond being JSON.</summary>
public static class JsonData
{
    /// <summary>The deepest nesting of arrays and objects; a plain number or text has none.</summary>
    public const int MaxDepth = 64;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"[]{}"u8);
    private static readonly SearchValues<byte> InText = SearchValues.Create("\"\\"u8);

    /// <summary>What is wrong with the data, to stand after "data must be"; null when nothing is.</summary>
    /// <param name="json">One JSON value in UTF-8 that a parser has accepted.</param>
    public static string? Refusal(ReadOnlySpan<byte> json)
    {
        var depth = 0;
        while (true)
        {
            var next = json.IndexOfAny(Structure);
            if (next < 0) return null;
            var symbol = json[next];
            json = json[(next + 1)..];
            switch (symbol)
            {
                case (byte)'"':
                    if (!SkipText(ref json)) return "valid Unicode: a text holds half of a surrogate pair";
                    break;
                case (byte)'[' or (byte)'{':
                    if (++depth > MaxDepth) return $"nested {MaxDepth} levels deep at most";
                    break;
                default:
                    depth--;
                    break;
            }
        }
    }

    // Moves behind the closing quote; false when an escape is half of a surrogate pair.
    private static bool SkipText(ref ReadOnlySpan<byte> json)
    {
        while (true)
        {
            var next = json.IndexOfAny(InText);
            var isEnd = json[next] == (byte)'"';
            json = json[(next + 1)..];
            if (isEnd) return true;
            if (json[0] != (byte)'u')
            {
                json = json[1..];
                continue;
            }

            var unit = CodeUnit(json);
            json = json[5..];
            if (!char.IsSurrogate(unit)) continue;
            if (!char.IsHighSurrogate(unit) || !json.StartsWith("\\u"u8) || !char.IsLowSurrogate(CodeUnit(json[1..]))) return false;
            json = json[6..];
        }
    }

    private static char CodeUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(1, 4), out ushort unit, out _, 'X') ? (char)unit : '\0';
}
