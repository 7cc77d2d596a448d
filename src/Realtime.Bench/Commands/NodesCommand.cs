using System.CommandLine;
using System.Diagnostics;
using Realtime.Bench.Output;
using Realtime.Bench.Peer;
using Realtime.Lab;
using Realtime.Lab.Nodes;
using Realtime.Lab.Reports;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;
using Spectre.Console;

namespace Realtime.Bench.Commands;

/// <summary><c>figures nodes</c>: what several nodes reach, against the drivers alone.</summary>
internal sealed class NodesCommand
{
    private static readonly FigureSettings Defaults = new();

    private readonly ServerOptions _server = new();
    private readonly Option<string> _postgreSql = new("--postgres") { Description = "Npgsql's connection string of the database that the nodes share.", Required = true };
    private readonly Option<string> _rabbitMq = new("--rabbitmq") { Description = "The broker: amqp://user:password@host:5672/.", Required = true };
    private readonly Option<string?> _control = new("--broker-control")
    {
        Description = "A command that stops or starts the broker, with {action} for stop or start; without it the outage is left out.",
    };

    private readonly Option<int> _rounds = new("--rounds") { Description = "How often each series is measured.", DefaultValueFactory = _ => Defaults.Rounds };
    private readonly Option<double> _window = new("--window") { Description = "Seconds of one measurement.", DefaultValueFactory = _ => Defaults.Window.TotalSeconds };
    private readonly Option<int> _payload = new("--payload") { Description = "Bytes of a message's data.", DefaultValueFactory = _ => Defaults.Payload };
    private readonly Option<double> _outage = new("--outage") { Description = "Seconds for which the broker is away.", DefaultValueFactory = _ => 30 };
    private readonly Option<string[]> _parts = new("--part")
    {
        Description = "throughput, latency, publish, outage; all unless told otherwise.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "A JSON file with every measurement." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var options = new NodesCommand();
        var command = new Command("nodes", "Two nodes on PostgreSQL and RabbitMQ, against the drivers alone.");
        foreach (Option option in new Option[]
                 {
                     options._postgreSql, options._rabbitMq, options._control, options._rounds, options._window, options._payload, options._outage,
                     options._parts, options._json,
                 })
            command.Add(option);
        options._server.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine();
        var host = _server.Host(parsed, progress);
        var settings = new FigureSettings
        {
            Rounds = parsed.GetValue(_rounds),
            Window = TimeSpan.FromSeconds(parsed.GetValue(_window)),
            Payload = parsed.GetValue(_payload),
            Store = "postgres",
        };
        var nodes = new NodesSettings
        {
            PostgreSql = parsed.GetValue(_postgreSql)!,
            RabbitMq = parsed.GetValue(_rabbitMq)!,
            Outage = TimeSpan.FromSeconds(parsed.GetValue(_outage)),
            ControlBroker = parsed.GetValue(_control) is { } control ? (action, token) => ControlAsync(control, action, token) : null,
            Bare = new BareLoops(parsed.GetValue(_postgreSql)!, parsed.GetValue(_rabbitMq)!),
        };
        var results = new List<FigureResult>();
        foreach (var (part, run) in Parts(host, settings, nodes, parsed.GetValue(_parts) ?? []))
        {
            var result = await run(cancellationToken);
            results.Add(result);
            progress.Clear();
            FigureTable.Show(AnsiConsole.Console, part, result);
            if (parsed.GetValue(_json) is { } file)
                await ReportFiles.WriteAsync(file.FullName, JsonReport.Write(results), cancellationToken);
        }

        return results.TrueForAll(result => result.IsValid) ? 0 : 1;
    }

    private static IEnumerable<(string Name, Func<CancellationToken, Task<FigureResult>> Run)> Parts(
        LabHost host, FigureSettings settings, NodesSettings nodes, string[] wanted)
    {
        var across = new NodesFigure(host, settings, nodes);
        var parts = new (string Name, Func<CancellationToken, Task<FigureResult>> Run)[]
        {
            ("throughput", across.RunThroughputAsync),
            ("latency", across.RunLatencyAsync),
            ("publish", new NodesPublishFigure(host, settings, nodes).RunAsync),
            ("outage", new OutageFigure(host, settings, nodes).RunAsync),
        };
        if (wanted.Except(parts.Select(part => part.Name)).FirstOrDefault() is { } unknown)
            throw new LabException($"There is no part called \"{unknown}\"; there are {string.Join(", ", parts.Select(part => part.Name))}.");
        return parts.Where(part => wanted.Length > 0 ? wanted.Contains(part.Name) : part.Name != "outage" || nodes.ControlBroker is not null);
    }

    private static async Task ControlAsync(string command, BrokerAction action, CancellationToken cancellationToken)
    {
        var line = command.Replace("{action}", action == BrokerAction.Stop ? "stop" : "start", StringComparison.Ordinal);
        // Its output goes nowhere: a broker that is started would keep a pipe open.
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", $"{line} >/dev/null 2>&1"]))!;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new LabException($"\"{line}\" ended with exit code {process.ExitCode}.");
    }
}
