using System.CommandLine;
using Realtime.Bench.Commands;
using Realtime.Bench.Peer;
using Realtime.Lab;
using Spectre.Console;

var root = new RootCommand("Measures a Realtime server: its transports against each other, and against plain SignalR.")
{
    new Command("compare", "Puts one load through several choices.") { CompareCommand.Create(), CompareBrokerCommand.Create(), CompareFeedsCommand.Create() },
    FiguresCommand.Create(),
};
var peer = new Command(PeerServer.Command, "The plain SignalR baseline, started by the other commands.") { Hidden = true };
peer.SetAction((_, cancellationToken) => PeerServer.RunAsync(cancellationToken));
root.Add(peer);

// A file or pipe has no width of its own, and a table that is cut helps nobody.
if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 180;

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (LabException exception)
{
    AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
    return 2;
}
catch (OperationCanceledException)
{
    AnsiConsole.MarkupLine("[yellow]stopped[/]");
    return 130;
}
