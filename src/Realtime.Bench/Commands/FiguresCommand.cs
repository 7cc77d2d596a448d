using System.CommandLine;
using Realtime.Bench.Output;
using Realtime.Lab.Reports;
using Realtime.Lab.Results;
using Realtime.Lab.Scenarios;
using Spectre.Console;

namespace Realtime.Bench.Commands;

/// <summary><c>figures</c>: everything that the project set out to reach, as ratios within one run.</summary>
internal sealed class FiguresCommand
{
    private static readonly FigureSettings Defaults = new();

    private readonly ServerOptions _server = new();
    private readonly Option<int> _readers = new("--readers")
    {
        Description = "Readers of the one channel.",
        DefaultValueFactory = _ => Defaults.Readers,
    };
    private readonly Option<int> _payload = new("--payload")
    {
        Description = "Bytes of a message's data.",
        DefaultValueFactory = _ => Defaults.Payload,
    };
    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = "How often each series is measured.",
        DefaultValueFactory = _ => Defaults.Rounds,
    };

    private readonly Option<double> _window = new("--window")
    {
        Description = "Seconds of one measurement.",
        DefaultValueFactory = _ => Defaults.Window.TotalSeconds,
    };

    private readonly Option<double[]> _rates = new("--rates")
    {
        Description = "Paced rates of fanout, in messages per second.",
        DefaultValueFactory = _ => [.. Defaults.Rates],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string[]> _transports = new("--transport")
    {
        Description = "Transports of fanout and idle.",
        DefaultValueFactory = _ => [.. Defaults.Transports],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int[]> _leads = new("--leads")
    {
        Description = "How many messages the publisher of saturate may lead the average reader.",
        DefaultValueFactory = _ => [.. Defaults.Leads],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _connections = new("--connections")
    {
        Description = "Idle connections.",
        DefaultValueFactory = _ => Defaults.Connections,
    };
    private readonly Option<int> _publishers = new("--publishers")
    {
        Description = "Publishers of publish.",
        DefaultValueFactory = _ => Defaults.Publishers,
    };

    private readonly Option<int> _messages = new("--messages")
    {
        Description = "Messages that replay reads.",
        DefaultValueFactory = _ => Defaults.Messages,
    };

    private readonly Option<string> _store = new("--store")
    {
        Description = "The store of the server in all figures but publish, which compares two: sqlite or memory.",
        DefaultValueFactory = _ => Defaults.Store,
    };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "A JSON file with every measurement." };

    /// <summary>Makes the command and one for each part.</summary>
    public static Command Create()
    {
        var command = Part("figures", "Every figure against its baseline, in rounds that alternate.");
        command.Add(Part("fanout", "Server CPU for each delivered message at a steady rate."));
        command.Add(Part("saturate", "Delivered messages in a second, as fast as it goes."));
        command.Add(Part("idle", "Server memory for each idle connection."));
        command.Add(Part("publish", "Acknowledged publishes in a second, durable store against memory."));
        command.Add(Part("replay", "Messages that one consumer reads in a second from the beginning of a long channel."));
        command.Add(NodesCommand.Create());
        command.Add(FeedsCommand.Create());
        return command;
    }

    // Options belong to one command each: what one part does not use, it ignores.
    private static Command Part(string name, string description) => new FiguresCommand().AddTo(new Command(name, description));

    private Command AddTo(Command command)
    {
        foreach (Option option in new Option[]
                 {
                     _readers, _payload, _rounds, _window, _rates, _transports, _leads, _connections, _publishers, _messages, _store, _json,
                 })
            command.Add(option);
        _server.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(command.Name, parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(string name, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine();
        var host = _server.Host(parsed, progress);
        var settings = Settings(parsed);
        var results = new List<FigureResult>();
        foreach (var (part, run) in Parts(host, settings).Where(part => name == "figures" || name == part.Name))
        {
            var result = await run(cancellationToken);
            results.Add(result);
            progress.Clear();
            FigureTable.Show(AnsiConsole.Console, part, result);
            // Written after each part: a later one that fails takes nothing with it.
            if (parsed.GetValue(_json) is { } file)
                await ReportFiles.WriteAsync(file.FullName, JsonReport.Write(results), cancellationToken);
        }
        return results.TrueForAll(result => result.IsValid) ? 0 : 1;
    }

    private static (string Name, Func<CancellationToken, Task<FigureResult>> Run)[] Parts(LabHost host, FigureSettings settings) =>
    [
        ("fanout", new FanoutFigure(host, settings).RunAsync),
        ("saturate", new SaturateFigure(host, settings).RunAsync),
        ("idle", new IdleFigure(host, settings).RunAsync),
        ("publish", new PublishFigure(host, settings).RunAsync),
        ("replay", new ReplayFigure(host, settings).RunAsync),
    ];

    private FigureSettings Settings(ParseResult parsed) => new()
    {
        Readers = parsed.GetValue(_readers),
        Payload = parsed.GetValue(_payload),
        Rounds = parsed.GetValue(_rounds),
        Window = TimeSpan.FromSeconds(parsed.GetValue(_window)),
        Rates = parsed.GetValue(_rates)!,
        Transports = parsed.GetValue(_transports)!,
        Leads = parsed.GetValue(_leads)!,
        Connections = parsed.GetValue(_connections),
        Publishers = parsed.GetValue(_publishers),
        Messages = parsed.GetValue(_messages),
        Store = parsed.GetValue(_store)!,
    };
}
