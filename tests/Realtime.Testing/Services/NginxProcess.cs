namespace Realtime.Testing.Services;

/// <summary>The product's balancer, with its own configuration, in front of nodes on loopback; run by <c>tests/services.sh</c>.</summary>
public sealed class NginxProcess : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = ServiceScript.CreateFolder();
    private readonly int _port = ServiceScript.FreePort();

    private NginxProcess()
    {
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{ServiceScript.Text(_port)}/");

    /// <summary>What it wrote: one line for each answered request, without the query, and what nginx had to complain about.</summary>
    public Task<string> ReadLogAsync() => File.ReadAllTextAsync(Path.Combine(_folder.FullName, "nginx", "server.log"));

    /// <summary>Starts one and waits until it answers.</summary>
    /// <param name="nodes">The nodes' ports.</param>
    public static async Task<NginxProcess> StartNewAsync(params int[] nodes)
    {
        _ = TestServices.Nginx;
        var started = new NginxProcess();
        await started.RunAsync("start", nodes);
        return started;
    }

    /// <summary>Gives it other nodes. It goes on listening meanwhile; what is open stays for the 10 s that its configuration allows.</summary>
    /// <param name="nodes">The nodes' ports.</param>
    public Task ReloadAsync(params int[] nodes) => RunAsync("reload", nodes);

    /// <summary>Ends it; what is open is cut.</summary>
    public Task StopAsync() => RunAsync("stop", []);

    /// <summary>SIGKILL, to its workers too.</summary>
    public Task KillAsync() => RunAsync("kill", []);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private Task<string> RunAsync(string action, int[] nodes) => ServiceScript.RunAsync(
        new Dictionary<string, string> { ["NGINX_NODES"] = string.Join(' ', nodes.Select(ServiceScript.Text)), ["REALTIME_TEST_NGINX"] = TestServices.Nginx },
        [action, "nginx", Path.Combine(_folder.FullName, "nginx"), ServiceScript.Text(_port)]);
}
