using System.Globalization;
using System.Text;

namespace Realtime.Client.Http;

/// <summary>Paths and their queries.</summary>
internal sealed class Query(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _separator = '?';

    /// <summary>Adds a parameter, unless its value is null.</summary>
    internal Query Add(string name, IFormattable? value) => Add(name, value?.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>Adds a parameter, unless its value is null.</summary>
    internal Query Add(string name, string? value)
    {
        if (value is null)
            return this;
        _text.Append(_separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        _separator = '&';
        return this;
    }

    /// <summary>The path of something that belongs to a channel.</summary>
    internal static string OfChannel(string channel, string rest) => $"api/channels/{Uri.EscapeDataString(channel)}/{rest}";

    public override string ToString() => _text.ToString();
}
