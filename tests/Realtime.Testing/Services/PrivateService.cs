using System.Diagnostics;

namespace Realtime.Testing.Services;

/// <summary>A PostgreSQL, RabbitMQ or Redis of one test's own, which it may stop, kill and start again; run by <c>tests/services.sh</c>.</summary>
public sealed class PrivateService : IAsyncDisposable
{
    private readonly string _service;
    private readonly DirectoryInfo _folder = ServiceScript.CreateFolder();

    private PrivateService(string service, int port)
    {
        _service = service;
        Port = port;
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
    public static PrivateService Create(string service) => new(service, ServiceScript.FreePort());

    /// <summary>Makes and starts a service.</summary>
    /// <param name="service"><c>postgres</c>, <c>rabbitmq</c> or <c>redis</c>.</param>
    public static async Task<PrivateService> StartNewAsync(string service)
    {
        var started = Create(service);
        await started.StartAsync();
        return started;
    }

    /// <summary>Starts it, with what it kept, and waits until it answers.</summary>
    public Task StartAsync() => ServiceScript.RunAsync("start", _service, DataFolder, PortText);

    /// <summary>Ends it in an orderly way.</summary>
    public Task StopAsync() => ServiceScript.RunAsync("stop", _service, DataFolder, PortText);

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => ServiceScript.RunAsync("kill", _service, DataFolder, PortText);

    /// <summary>Lets it hang, with its connections open: SIGSTOP.</summary>
    public async Task FreezeAsync() => await SignalAsync("STOP");

    /// <summary>Lets it go on.</summary>
    public async Task ThawAsync() => await SignalAsync("CONT");

    /// <summary>Runs <c>rabbitmqctl</c> for it and gives what that wrote.</summary>
    public Task<string> ControlAsync(params string[] arguments) => ServiceScript.RunAsync(["ctl", DataFolder, PortText, .. arguments]);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private string DataFolder => Path.Combine(_folder.FullName, "data");

    private string PortText => ServiceScript.Text(Port);

    private async Task SignalAsync(string signal)
    {
        var pid = (await ServiceScript.RunAsync("pid", _service, DataFolder, PortText)).Trim();
        // PostgreSQL has a process for each connection, which would go on.
        using var kill = Process.Start("bash", ["-c", $"kill -{signal} {pid} $({(_service == "postgres" ? $"pgrep -P {pid}" : "")})"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
