using System.CommandLine;
using Realtime.Bench.Output;
using Realtime.Lab;
using Realtime.Lab.Readers;
using Realtime.Lab.Reports;
using Realtime.Lab.Scenarios;
using Realtime.Lab.Servers;
using Spectre.Console;

namespace Realtime.Bench.Commands;

/// <summary><c>compare transports</c>.</summary>
internal sealed class CompareCommand
{
    private readonly WorkloadOptions _workload = new();
    private readonly ServerOptions _server = new();
    private readonly ReportOptions _reports = new();

    private readonly Option<int> _readers = new("--readers") { Description = "Readers of each transport.", DefaultValueFactory = _ => 10 };

    private readonly Option<string[]> _transports = new("--transport")
    {
        Description = $"A transport to read; may be given several times. All unless told otherwise: {string.Join(", ", TransportKind.All)}.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _peer = new("--peer") { Description = "A baseline to read beside them: signalr." };

    private readonly Option<Uri?> _url = new("--server")
    {
        Description = "A running server (http, demo mode) instead of one of its own.",
        CustomParser = ServerOptions.ParseUrl,
    };

    private readonly Option<int?> _pid = new("--server-pid")
    {
        Description = "The process of --server, where it is on this machine: without it CPU is not measured.",
    };

    private readonly Option<string> _store = new("--store")
    {
        Description = "The store of a server of its own: sqlite or memory.",
        DefaultValueFactory = _ => "sqlite",
    };

    private readonly Option<double> _pollInterval = new("--poll-interval")
    {
        Description = "Seconds between short polls.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _noCost = new("--no-cost")
    {
        Description = "Leave out CPU and memory, which are measured with each transport alone.",
    };

    private readonly Option<int> _idle = new("--idle-connections")
    {
        Description = "Idle connections of each transport, for the memory of one.",
        DefaultValueFactory = _ => 500,
    };

    private readonly Option<double> _slice = new("--slice")
    {
        Description = "Seconds of the workload that each transport plays alone, for CPU.",
        DefaultValueFactory = _ => 4,
    };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var options = new CompareCommand();
        var command = new Command("transports", "One workload to readers of every transport at once, and what each costs alone.");
        options._workload.AddTo(command);
        foreach (Option option in new Option[]
                 {
                     options._readers, options._transports, options._peer, options._url, options._pid, options._store,
                     options._pollInterval, options._noCost, options._idle, options._slice,
                 })
            command.Add(option);
        options._server.AddTo(command);
        options._reports.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine();
        var result = await new CompareTransports(_server.Host(parsed, progress), await SettingsAsync(parsed, cancellationToken))
            .RunAsync(cancellationToken);
        progress.Clear();
        await _reports.WriteAsync(
            parsed, result.Run.Started, JsonReport.Write(result), HtmlReport.Write(result), () => ComparisonTable.Show(AnsiConsole.Console, result), cancellationToken);
        return result.IsValid ? 0 : 1;
    }

    private async Task<CompareSettings> SettingsAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_peer) is { } peer && peer != "signalr")
            throw new LabException($"There is no baseline called \"{peer}\"; there is signalr.");
        var transports = parsed.GetValue(_transports) is { Length: > 0 } chosen ? (IReadOnlyList<string>)chosen : TransportKind.All;
        if (transports.FirstOrDefault(transport => !TransportKind.All.Contains(transport)) is { } unknown)
            throw new LabException($"There is no transport called \"{unknown}\"; there are {string.Join(", ", TransportKind.All)}.");
        return new CompareSettings
        {
            Workload = _workload.Create(parsed),
            Readers = parsed.GetValue(_readers),
            Transports = transports,
            Peer = parsed.GetValue(_peer) is not null,
            Server = parsed.GetValue(_url) is { } url
                ? await ServerAccess.ConnectAsync(url, parsed.GetValue(_pid), TimeProvider.System, cancellationToken)
                : null,
            Store = parsed.GetValue(_store)!,
            Reading = new ReaderSettings { PollInterval = TimeSpan.FromSeconds(parsed.GetValue(_pollInterval)) },
            Cost = !parsed.GetValue(_noCost),
            IdleConnections = parsed.GetValue(_idle),
            Slice = TimeSpan.FromSeconds(parsed.GetValue(_slice)),
        };
    }
}
