using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Realtime.Lab.Servers;

/// <summary>Finds out how to reach a server: whether it is ready, and a token for it.</summary>
public static class ServerAccess
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    /// <summary>Points at a server that somebody else runs.</summary>
    /// <param name="url">Its address; <c>http</c> only.</param>
    /// <param name="processId">Its process, where it is on this machine.</param>
    /// <param name="timeProvider">The clock of the deadline.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="LabException">It does not answer, or gives no demo token.</exception>
    public static Task<ServerTarget> ConnectAsync(Uri url, int? processId, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (url.Scheme != Uri.UriSchemeHttp)
            throw new LabException($"{url} is not http: the load generator speaks over bare sockets, without TLS.");
        return WaitAsync(url, processId, () => null, isPeer: false, TimeSpan.FromSeconds(10), timeProvider, cancellationToken);
    }

    internal static Task<ServerTarget> WaitUntilReadyAsync(
        Uri url, Process process, bool isPeer, TimeSpan deadline, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        WaitAsync(
            url,
            process.Id,
            () => process.HasExited ? $"The server ended with exit code {process.ExitCode} before it was ready." : null,
            isPeer,
            deadline,
            timeProvider,
            cancellationToken);

    private static async Task<ServerTarget> WaitAsync(
        Uri url,
        int? processId,
        Func<string?> ended,
        bool isPeer,
        TimeSpan deadline,
        TimeProvider timeProvider,
        CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(5) };
        var started = timeProvider.GetTimestamp();
        while (!await IsReadyAsync(client, cancellationToken).ConfigureAwait(false))
        {
            if (ended() is { } reason)
                throw new LabException(reason);
            if (timeProvider.GetElapsedTime(started) > deadline)
                throw new LabException($"{url} was not ready after {deadline.TotalSeconds:0} s.");
            await Task.Delay(Between, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        var token = isPeer ? null : await DemoTokenAsync(client, cancellationToken).ConfigureAwait(false);
        return new ServerTarget(url, await EndPointAsync(url, cancellationToken).ConfigureAwait(false), token, processId, isPeer);
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await client.GetAsync("readyz", cancellationToken).ConfigureAwait(false);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // Not listening yet.
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It listens and does not answer yet.
            return false;
        }
    }

    private static async Task<string> DemoTokenAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var answer = await client.PostAsJsonAsync("api/demo/token", new { user = "bench" }, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
            throw new LabException($"{client.BaseAddress} gives no demo token ({(int)answer.StatusCode}): the lab needs a server in demo mode.");
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken).ConfigureAwait(false);
        return body.GetProperty("token").GetString()
            ?? throw new LabException($"{client.BaseAddress} answered a request for a demo token without one.");
    }

    private static async Task<IPEndPoint> EndPointAsync(Uri url, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(url.IdnHost, cancellationToken).ConfigureAwait(false);
        var address = addresses.FirstOrDefault(candidate => candidate.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
            ?? addresses[0];
        return new IPEndPoint(address, url.Port);
    }
}
