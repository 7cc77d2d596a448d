using System.CommandLine;
using Realtime.Bench.Output;
using Realtime.Lab;
using Realtime.Lab.Broker;
using Realtime.Lab.Reports;
using Realtime.Lab.Scenarios;
using Spectre.Console;

namespace Realtime.Bench.Commands;

/// <summary><c>compare broker</c>.</summary>
internal sealed class CompareBrokerCommand
{
    private static readonly BrokerSettings Defaults = new();

    private readonly ServerOptions _server = new();
    private readonly ReportOptions _reports = new();

    private readonly Option<string> _rabbitMq = new("--rabbitmq") { Description = "The broker: amqp://user:password@host:5672/.", Required = true };

    private readonly Option<string[]> _modes = new("--modes")
    {
        Description = $"A mode to run; may be given several times. All unless told otherwise: {string.Join(", ", BrokerMode.All.Select(mode => mode.Name))}.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _rate = new("--rate") { Description = "Messages in a second.", DefaultValueFactory = _ => Defaults.Rate };

    private readonly Option<double> _seconds = new("--seconds")
    {
        Description = "Seconds for which one node is slow.",
        DefaultValueFactory = _ => Defaults.SlowSeconds,
    };

    private readonly Option<int> _payload = new("--payload") { Description = "Bytes of data in each message.", DefaultValueFactory = _ => Defaults.PayloadBytes };

    private readonly Option<int> _channels = new("--channels") { Description = "Channels, each of another shard.", DefaultValueFactory = _ => Defaults.Channels };

    private readonly Option<int> _queueLimit = new("--queue-limit")
    {
        Description = "The most frames in a node's queue at the broker.",
        DefaultValueFactory = _ => Defaults.QueueLimit,
    };

    private readonly Option<int> _seed = new("--seed") { Description = "Which channel gets which message.", DefaultValueFactory = _ => Defaults.Seed };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var options = new CompareBrokerCommand();
        var command = new Command("broker", "One node that can't keep up: what pushing with a window, refusing and a stream make of it.");
        foreach (Option option in new Option[]
                 { options._rabbitMq, options._modes, options._rate, options._seconds, options._payload, options._channels, options._queueLimit, options._seed })
            command.Add(option);
        options._server.AddTo(command);
        options._reports.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine();
        var comparison = new CompareBroker(_server.Host(parsed, progress), parsed.GetValue(_rabbitMq)!, Modes(parsed), Settings(parsed));
        var result = await comparison.RunAsync(cancellationToken);
        progress.Clear();
        await _reports.WriteAsync(
            parsed, result.Run.Started, JsonReport.Write(result), BrokerHtmlReport.Write(result), () => BrokerTable.Show(AnsiConsole.Console, result), cancellationToken);
        return result.IsValid ? 0 : 1;
    }

    private List<BrokerMode> Modes(ParseResult parsed) => parsed.GetValue(_modes) is not { Length: > 0 } names
        ? [.. BrokerMode.All]
        : [.. names.SelectMany(name => name.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(name => BrokerMode.Find(name)
            ?? throw new LabException($"There is no mode called \"{name}\"; there are {string.Join(", ", BrokerMode.All.Select(mode => mode.Name))}."))];

    private BrokerSettings Settings(ParseResult parsed) => new()
    {
        Rate = parsed.GetValue(_rate),
        SlowSeconds = parsed.GetValue(_seconds),
        PayloadBytes = parsed.GetValue(_payload),
        Channels = parsed.GetValue(_channels),
        QueueLimit = parsed.GetValue(_queueLimit),
        Seed = parsed.GetValue(_seed),
    };
}
