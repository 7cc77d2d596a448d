namespace Realtime.Bench.Output;

/// <summary>Writes results to files.</summary>
internal static class ReportFiles
{
    /// <summary>Writes a file, and the folders above it where they are missing.</summary>
    public static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text, cancellationToken);
    }
}
