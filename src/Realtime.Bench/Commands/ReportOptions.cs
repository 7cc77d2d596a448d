using System.CommandLine;
using System.Globalization;

namespace Realtime.Bench.Commands;

/// <summary>Where results are written.</summary>
internal sealed class ReportOptions
{
    private readonly Option<FileInfo?> _json = new("--json") { Description = "The JSON file; .artifacts/bench/<time>/ unless told otherwise." };

    private readonly Option<FileInfo?> _html = new("--html") { Description = "The HTML report; beside the JSON file unless told otherwise." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_json);
        command.Add(_html);
    }

    /// <summary>The files to write.</summary>
    public (string Json, string Html) Files(ParseResult parsed, DateTimeOffset started)
    {
        var folder = Path.Combine(".artifacts", "bench", started.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
        var json = parsed.GetValue(_json)?.FullName ?? Path.GetFullPath(Path.Combine(folder, "result.json"));
        return (json, parsed.GetValue(_html)?.FullName ?? Path.ChangeExtension(json, ".html"));
    }
}
