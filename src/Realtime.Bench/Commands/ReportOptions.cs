using System.CommandLine;
using System.Globalization;
using Realtime.Bench.Output;
using Spectre.Console;

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

    /// <summary>Writes both files, and says where after <paramref name="show"/> has shown the result.</summary>
    public async Task WriteAsync(ParseResult parsed, DateTimeOffset started, string json, string html, Action show, CancellationToken cancellationToken)
    {
        var files = Files(parsed, started);
        await ReportFiles.WriteAsync(files.Json, json, cancellationToken);
        await ReportFiles.WriteAsync(files.Html, html, cancellationToken);
        show();
        AnsiConsole.MarkupLineInterpolated($"[grey]JSON {files.Json}[/]");
        AnsiConsole.MarkupLineInterpolated($"[grey]HTML {files.Html}[/]");
    }

    private (string Json, string Html) Files(ParseResult parsed, DateTimeOffset started)
    {
        var folder = Path.Combine(".artifacts", "bench", started.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture));
        var json = parsed.GetValue(_json)?.FullName ?? Path.GetFullPath(Path.Combine(folder, "result.json"));
        return (json, parsed.GetValue(_html)?.FullName ?? Path.ChangeExtension(json, ".html"));
    }
}
