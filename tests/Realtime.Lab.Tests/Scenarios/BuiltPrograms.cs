using Realtime.Lab.Scenarios;

namespace Realtime.Lab.Tests.Scenarios;

/// <summary>The programs that were built beside these tests.</summary>
internal static class BuiltPrograms
{
    public static LabHost Host { get; } = new()
    {
        ServerDll = Path("Realtime.Server"),
        BenchDll = Path("Realtime.Bench"),
        PeerArguments = ["peer-signalr"],
    };

    private static string Path(string project)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
        return System.IO.Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, $"{project}.dll");
    }
}
