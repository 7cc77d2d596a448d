using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Realtime.Testing.Services;

/// <summary>Runs <c>tests/services.sh</c>, and finds the ports for what it starts.</summary>
public static class ServiceScript
{
    // Each test process draws from a range of its own; RabbitMQ needs PORT to PORT+8005 and all must stay below the outgoing ports, from 32768.
    private static int _nextPort = 11_000 + Environment.ProcessId % 40 * 100;

    /// <summary>Runs one action and gives what it wrote; one that fails fails the test.</summary>
    public static Task<string> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>The same, with variables of the environment.</summary>
    public static async Task<string> RunAsync(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var output = Path.GetTempFileName();
        try
        {
            // Into a file: the server that is started would keep a pipe open for as long as it lives.
            var start = new ProcessStartInfo("bash", ["-c", "exec \"$@\" >\"$0\" 2>&1", output, "bash", Script, .. arguments]);
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync();
            var text = await File.ReadAllTextAsync(output);
            Assert.True(process.ExitCode == 0, $"services.sh {string.Join(' ', arguments)}: {text}");
            return text;
        }
        finally
        {
            File.Delete(output);
        }
    }

    /// <summary>A folder for one service, which servers that run as another user can enter.</summary>
    public static DirectoryInfo CreateFolder()
    {
        var folder = Directory.CreateTempSubdirectory("realtime-service-");
        if (!OperatingSystem.IsWindows())
            folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return folder;
    }

    /// <summary>A port on loopback that is free, with those above it that RabbitMQ takes.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Interlocked.Add(ref _nextPort, 7);
            if (IsFree(port) && IsFree(port + 4000) && IsFree(port + 6000))
                return port;
        }
    }

    /// <summary>As the script takes it.</summary>
    public static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static string Script
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Realtime.sln")))
                folder = folder.Parent;
            return Path.Combine(folder?.FullName ?? throw new DirectoryNotFoundException($"No Realtime.sln above {AppContext.BaseDirectory}."), "tests", "services.sh");
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
