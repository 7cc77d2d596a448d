using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>The server as a process of its own, which can be killed.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(string environment, string folder, (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Realtime.Server.dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = environment;
        start.Environment["DOTNET_ENVIRONMENT"] = environment;
        start.Environment["Urls"] = "http://127.0.0.1:0";
        foreach (var (name, value) in settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Look(line.Data);
        _process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    internal Uri Address { get; private set; } = null!;

    internal string Errors => string.Join('\n', _errors).Trim();

    /// <summary>What it logged.</summary>
    internal string Output => string.Join('\n', _output);

    internal int ExitCode => _process.ExitCode;

    /// <summary>The memory that the process holds.</summary>
    internal long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <param name="folder">Where it works; its store is at <c>data/realtime.db</c> in there.</param>
    /// <param name="settings">Given to it as environment variables.</param>
    internal static async Task<ServerProcess> StartAsync(string folder, params (string Name, string Value)[] settings)
    {
        var server = new ServerProcess("Development", folder, settings);
        try
        {
            server.Address = await Deadline.WithinAsync(server._listening.Task, "server that listens");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server that must refuse to start, and waits until it has.</summary>
    internal static async Task<ServerProcess> RefuseAsync(string environment, string folder, params (string Name, string Value)[] settings)
    {
        var server = new ServerProcess(environment, folder, settings);
        await server.ExitedAsync();
        return server;
    }

    /// <summary>SIGKILL: nothing more is written, answered or flushed.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await ExitedAsync();
    }

    /// <summary>SIGTERM.</summary>
    internal void Terminate() => Assert.Equal(0, SendSignal(_process.Id, 15));

    internal Task ExitedAsync() => Deadline.WithinAsync(_process.WaitForExitAsync(TestContext.Current.CancellationToken), "end of the server");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private void Look(string? line)
    {
        _output.Enqueue(line ?? "");
        if (line is null)
            _listening.TrySetException(new InvalidOperationException($"The server ended before it listened. {Errors}"));
        else if (ListeningOn().Match(line) is { Success: true } match)
            _listening.TrySetResult(new Uri(match.Groups["address"].Value + "/"));
    }

    [GeneratedRegex("Now listening on: (?<address>http://[0-9.:]+)")]
    private static partial Regex ListeningOn();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
