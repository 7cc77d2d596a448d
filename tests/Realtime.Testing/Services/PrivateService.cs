using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Realtime.Testing.Services;

/// <summary>A PostgreSQL, RabbitMQ or Redis of one test's own, which it may stop, kill and start again; run by <c>tests/services.sh</c>.</summary>
public sealed class PrivateService : IAsyncDisposable
{
    // Each test process draws from a range of its own; RabbitMQ needs PORT to PORT+8005 and all must stay below the outgoing ports, from 32768.
    private static int _nextPort = 11_000 + Environment.ProcessId % 40 * 100;

    private readonly string _service;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("realtime-service-");

    private PrivateService(string service, int port)
    {
        _service = service;
        Port = port;
        // PostgreSQL runs as another user where the tests run as root.
        if (!OperatingSystem.IsWindows())
            _folder.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    }

    /// <summary>Where it listens, on loopback.</summary>
    public int Port { get; }

    /// <summary>The connection string of its driver.</summary>
    public string Address => _service switch
    {
        "postgres" => $"Host=127.0.0.1;Port={Port};Username=app;Database=postgres",
        "rabbitmq" => $"amqp://guest:guest@127.0.0.1:{Port}/",
        _ => $"127.0.0.1:{Port}",
    };

    /// <summary>Makes a service, not started yet.</summary>
    /// <param name="service"><c>postgres</c>, <c>rabbitmq</c> or <c>redis</c>.</param>
    public static PrivateService Create(string service) => new(service, FreePort());

    /// <summary>Makes and starts a service.</summary>
    /// <param name="service"><c>postgres</c>, <c>rabbitmq</c> or <c>redis</c>.</param>
    public static async Task<PrivateService> StartNewAsync(string service)
    {
        var started = Create(service);
        await started.StartAsync();
        return started;
    }

    /// <summary>Starts it, with what it kept, and waits until it answers.</summary>
    public Task StartAsync() => RunAsync("start", _service, DataFolder, PortText);

    /// <summary>Ends it in an orderly way.</summary>
    public Task StopAsync() => RunAsync("stop", _service, DataFolder, PortText);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => RunAsync("kill", _service, DataFolder, PortText);

    /// <summary>Lets it hang, with its connections open: SIGSTOP.</summary>
    public async Task FreezeAsync() => await SignalAsync("STOP");

    /// <summary>Lets it go on.</summary>
    public async Task ThawAsync() => await SignalAsync("CONT");

    /// <summary>Runs <c>rabbitmqctl</c> for it and gives what that wrote.</summary>
    public Task<string> ControlAsync(params string[] arguments) => RunAsync(["ctl", DataFolder, PortText, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private string DataFolder => Path.Combine(_folder.FullName, "data");

    private string PortText => Port.ToString(CultureInfo.InvariantCulture);

    private async Task SignalAsync(string signal)
    {
        var pid = (await RunAsync("pid", _service, DataFolder, PortText)).Trim();
        // PostgreSQL has a process for each connection, which would go on.
        using var kill = Process.Start("bash", ["-c", $"kill -{signal} {pid} $({(_service == "postgres" ? $"pgrep -P {pid}" : "")})"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private static async Task<string> RunAsync(params string[] arguments)
    {
        var output = Path.GetTempFileName();
        try
        {
            // Into a file: the server that is started would keep a pipe open for as long as it lives.
            var start = new ProcessStartInfo("bash", ["-c", "exec \"$@\" >\"$0\" 2>&1", output, "bash", Script, .. arguments]);
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

    private static int FreePort()
    {
        while (true)
        {
            var port = Interlocked.Add(ref _nextPort, 7);
            if (IsFree(port) && IsFree(port + 4000) && IsFree(port + 6000))
                return port;
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
