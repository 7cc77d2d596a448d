using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Realtime.Channels;

/// <summary>The validated name of a channel: 1–128 characters of <c>A–Z a–z 0–9 . _ : ~ @ -</c>, first a letter or digit.</summary>
/// <remarks>The part before the first <c>:</c> is the namespace; a name without one is its own namespace. Compared by ordinal.</remarks>
public readonly record struct ChannelName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 128;

    private readonly string? _value;

    private ChannelName(string value) => _value = value;

    /// <summary>The name as text; empty only for <c>default</c>.</summary>
    public string Value => _value ?? "";

    /// <summary>The part before the first <c>:</c>, or the whole name where there is none.</summary>
    public ReadOnlySpan<char> Namespace
    {
        get
        {
            var colon = Value.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? Value : Value.AsSpan(0, colon);
        }
    }

    /// <summary>Checks <paramref name="text"/> against the rule of the type.</summary>
    /// <returns>False, and <c>default</c>, when it is no channel name.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out ChannelName name)
    {
        var valid = text is { Length: >= 1 and <= MaxLength } && char.IsAsciiLetterOrDigit(text[0]) && NameAlphabet.Covers(text);
        name = valid ? new ChannelName(text!) : default;
        return valid;
    }

    /// <summary>As <see cref="TryParse"/>, for names that the program itself made.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is no channel name.</exception>
    public static ChannelName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a channel name.");

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The alphabet shared by channel names, message ids and message types.</summary>
public static class NameAlphabet
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:~@-");

    /// <summary>The longest message id and the longest message type, in characters.</summary>
    public const int MaxIdLength = 64;

    /// <summary>Whether every character of <paramref name="text"/> is of the alphabet; true for an empty text.</summary>
    public static bool Covers(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Allowed);

    /// <summary>Whether <paramref name="text"/> is 1–<see cref="MaxIdLength"/> characters of the alphabet.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length is >= 1 and <= MaxIdLength && Covers(text);
}
