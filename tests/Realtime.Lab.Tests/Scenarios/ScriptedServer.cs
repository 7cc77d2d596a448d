using System.Net;
using System.Net.Sockets;
using System.Text;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Tests.Scenarios;

/// <summary>An HTTP server that answers each request with what a script says, to see what the lab makes of it.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, string, string> _script;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <param name="script">Gets the request line and the body, one request at a time, and gives the whole response.</param>
    public ScriptedServer(Func<string, string, string> script)
    {
        _script = script;
        _listener.Start();
        _accepting = AcceptAsync();
        var end = (IPEndPoint)_listener.LocalEndpoint;
        Target = new ServerTarget(new Uri($"http://127.0.0.1:{end.Port}"), end, "token", null, IsPeer: false);
    }

    public ServerTarget Target { get; }

    public static string Ok(string body) =>
        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        var stream = client.GetStream();
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await stream.ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
                while (Take(text) is { } request)
                {
                    string response;
                    lock (_script)
                        response = _script(request.Line, request.Body);
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(response), _stop.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The test is over, or the client has left.
        }
    }

    private static (string Line, string Body)? Take(StringBuilder text)
    {
        var all = text.ToString();
        var end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return null;
        var length = all[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var size = length is null ? 0 : int.Parse(length.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture);
        if (all.Length < end + 4 + size)
            return null;
        text.Remove(0, end + 4 + size);
        return (all[..all.IndexOf("\r\n", StringComparison.Ordinal)], all.Substring(end + 4, size));
    }
}
