using System.CommandLine;
using System.CommandLine.Parsing;
using Realtime.Bench.Peer;
using Realtime.Lab.Scenarios;

namespace Realtime.Bench.Commands;

/// <summary>Where the server under test comes from; shared by all commands.</summary>
internal sealed class ServerOptions
{
    private readonly Option<FileInfo?> _serverDll = new("--server-dll")
    {
        Description = "The Realtime.Server.dll to start; the one built beside this program unless told otherwise.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command) => command.Add(_serverDll);

    /// <summary>What scenarios need to start servers and to tell how far they are.</summary>
    public LabHost Host(ParseResult parsed, IProgress<string> progress) => new()
    {
        ServerDll = parsed.GetValue(_serverDll)?.FullName ?? BuiltBeside("Realtime.Server"),
        BenchDll = typeof(ServerOptions).Assembly.Location,
        PeerArguments = [PeerServer.Command],
        Progress = progress,
    };

    /// <summary>Reads the address of a server; anything else than an absolute URL is an error of the command line.</summary>
    public static Uri? ParseUrl(ArgumentResult argument)
    {
        if (Uri.TryCreate(argument.Tokens[0].Value, UriKind.Absolute, out var url))
            return url;
        argument.AddError($"\"{argument.Tokens[0].Value}\" is not an address such as http://localhost:5080.");
        return null;
    }

    // .artifacts/bin/Realtime.Bench/debug/ and .artifacts/bin/Realtime.Server/debug/: same configuration, other project.
    private static string BuiltBeside(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(own.Parent?.Parent?.FullName ?? own.FullName, project, own.Name, $"{project}.dll");
    }
}
