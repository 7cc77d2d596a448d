using System.Text.Encodings.Web;
using System.Text.Json;

namespace Realtime.Lab.Reports;

/// <summary>Writes a result as JSON, for other programs and for comparing runs.</summary>
public static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes it.</summary>
    public static string Write<T>(T result) => JsonSerializer.Serialize(result, Options) + "\n";
}
