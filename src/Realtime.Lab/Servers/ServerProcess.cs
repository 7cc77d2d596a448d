using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Realtime.Lab.Servers;

/// <summary>A server that this run started, in a process of its own with a folder of its own; ended by its id when disposed.</summary>
public sealed partial class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _folder;
    private readonly StreamWriter _log;

    private ServerProcess(Process process, string folder, StreamWriter log)
    {
        _process = process;
        _folder = folder;
        _log = log;
    }

    /// <summary>Where it is.</summary>
    public ServerTarget Target { get; private set; } = null!;

    /// <summary>Starts the Realtime server with an empty store and waits until it is ready.</summary>
    /// <param name="serverDll">The path of <c>Realtime.Server.dll</c>.</param>
    /// <param name="store"><c>sqlite</c> or <c>memory</c>.</param>
    /// <param name="collectionHook">The assembly that makes <see cref="CollectGarbageAsync"/> possible; null where it is not needed.</param>
    /// <param name="settings">Further settings, as environment variables; null for none.</param>
    /// <param name="timeProvider">The clock of the deadlines.</param>
    /// <param name="cancellationToken">Cancels the wait and ends the server.</param>
    /// <exception cref="LabException">It ended or did not become ready; the sentence holds the end of what it wrote.</exception>
    public static Task<ServerProcess> StartServerAsync(
        string serverDll,
        string store,
        string? collectionHook,
        IReadOnlyDictionary<string, string>? settings,
        TimeProvider timeProvider,
        CancellationToken cancellationToken) =>
        StartAsync(
            serverDll,
            [],
            collectionHook,
            folder => new Dictionary<string, string>(settings ?? new Dictionary<string, string>())
            {
                // Any name but Production, where demo tokens are refused; not Development, whose settings are for debugging.
                ["ASPNETCORE_ENVIRONMENT"] = "Lab",
                ["Realtime__Store__Kind"] = store,
                ["Realtime__Store__Path"] = Path.Combine(folder, "realtime.db"),
                // A run holds every message to account, so none may be trimmed under it.
                ["Realtime__Retention__Default__MaxMessages"] = "5000000",
            },
            isPeer: false,
            timeProvider,
            cancellationToken);

    /// <summary>Starts the plain SignalR baseline and waits until it answers.</summary>
    /// <param name="benchDll">The path of the program that holds it.</param>
    /// <param name="arguments">What makes it run the baseline; the address comes as <c>Urls</c> in the environment.</param>
    /// <param name="collectionHook">The assembly that makes <see cref="CollectGarbageAsync"/> possible; null where it is not needed.</param>
    /// <param name="timeProvider">The clock of the deadlines.</param>
    /// <param name="cancellationToken">Cancels the wait and ends the server.</param>
    /// <exception cref="LabException">It ended or did not become ready.</exception>
    public static Task<ServerProcess> StartPeerAsync(
        string benchDll, IReadOnlyList<string> arguments, string? collectionHook, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        // Server GC is what the web SDK gives every project; the load generator around the baseline has it off.
        StartAsync(
            benchDll,
            arguments,
            collectionHook,
            _ => new Dictionary<string, string> { ["DOTNET_gcServer"] = "1" },
            isPeer: true,
            timeProvider,
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            using var deadline = new CancellationTokenSource(StopDeadline);
            await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
        }
        _process.Dispose();
        await _log.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<ServerProcess> StartAsync(
        string dll,
        IReadOnlyList<string> arguments,
        string? collectionHook,
        Func<string, Dictionary<string, string>> environment,
        bool isPeer,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        if (!File.Exists(dll))
            throw new LabException($"There is no {dll}; build it first, or point at a running server with --server.");
        var folder = Directory.CreateTempSubdirectory("realtime-lab-").FullName;
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet", [dll, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Urls"] = url.ToString();
        start.Environment["ASPNETCORE_URLS"] = url.ToString();
        foreach (var (name, value) in environment(folder))
            start.Environment[name] = value;
        if (collectionHook is not null)
            start.Environment["DOTNET_STARTUP_HOOKS"] = collectionHook;
        var log = new StreamWriter(Path.Combine(folder, "server.log")) { AutoFlush = true };
        var process = new Process { StartInfo = start };
        var server = new ServerProcess(process, folder, log);
        process.OutputDataReceived += (_, line) => server.Write(line.Data);
        process.ErrorDataReceived += (_, line) => server.Write(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            server.Target = await ServerAccess
                .WaitUntilReadyAsync(url, process, isPeer, StartDeadline, timeProvider, cancellationToken).ConfigureAwait(false);
            return server;
        }
        catch (Exception exception)
        {
            var said = Tail(Path.Combine(folder, "server.log"));
            await server.DisposeAsync().ConfigureAwait(false);
            if (exception is LabException)
                throw new LabException($"{exception.Message} It wrote: {said}", exception);
            throw;
        }
    }

    // Below 32768, from where outgoing connections take theirs.
    private static int FreePort()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next number.
            }
        }
        throw new LabException("No free port was found between 20000 and 32000.");
    }

    private void Write(string? line)
    {
        if (line is null)
            return;
        lock (_log)
            _log.WriteLine(line);
        if (line == CollectedLine)
            _collected?.TrySetResult();
    }

    private static string Tail(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = reader.ReadToEnd().Trim();
        return text.Length == 0 ? "nothing." : text[^Math.Min(text.Length, 1500)..];
    }
}
