using System.Globalization;
using System.Text.Encodings.Web;

namespace Realtime.Lab.Reports;

/// <summary>Text and numbers as HTML.</summary>
internal static class Html
{
    /// <summary>Text that shows as it is, whatever is in it; also within quotes of an attribute.</summary>
    public static string Text(string text) => HtmlEncoder.Default.Encode(text);

    /// <summary>A coordinate, short enough for a path of many.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A figure with three digits that count.</summary>
    public static string Figure(double value) => value switch
    {
        >= 100 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };
}
