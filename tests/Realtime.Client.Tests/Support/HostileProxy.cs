using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Realtime.Client.Tests.Support;

/// <summary>What a middlebox does to a request.</summary>
internal enum Treatment
{
    Pass,

    /// <summary>Answered with 403 and a page of its own.</summary>
    Refuse,

    /// <summary>Answered in the server's name: too much to do, come back after 2 s.</summary>
    Overload,

    /// <summary>The answer is held back for good.</summary>
    Hold,

    /// <summary>The connection dies 200 ms later.</summary>
    Kill,

    /// <summary>Passed to the server, and the connection cut in place of the answer.</summary>
    LoseAnswer,
}

/// <summary>A middlebox that treats each request by its head. It forwards bytes, so WebSockets pass as well.</summary>
internal sealed class HostileProxy : IAsyncDisposable
{
    private static readonly TimeSpan KilledAfter = TimeSpan.FromMilliseconds(200);

    private static readonly byte[] Refusal =
        "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<p>No."u8.ToArray();

    private static readonly byte[] Overload =
        ("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 2\r\nContent-Length: 72\r\nConnection: close\r\n\r\n"
            + """{"type":"urn:realtime:overloaded","title":"Too much to do","status":503}""")
        .Select(letter => (byte)letter).ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Func<Uri> _server;
    private readonly Func<string, Treatment> _treat;
    private readonly Task _accepting;

    /// <summary>Starts it in front of one server.</summary>
    internal HostileProxy(Uri server, Func<string, Treatment> treat)
        : this(() => server, treat)
    {
    }

    /// <summary>Starts it.</summary>
    /// <param name="server">Asked for each connection: the server behind it.</param>
    /// <param name="treat">Given the head of each request.</param>
    internal HostileProxy(Func<Uri> server, Func<string, Treatment> treat)
    {
        _server = server;
        _treat = treat;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAllAsync();
    }

    internal Uri Address { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAllAsync()
    {
        try
        {
            while (true)
                _connections.TryAdd(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)), 0);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy stops.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var treatment = Treatment.Pass;
        var isDying = false;
        try
        {
            var to = _server();
            await server.ConnectAsync(to.Host, to.Port, end.Token);
            await Task.WhenAll(UpAsync(), DownAsync());
        }
        catch (SocketException)
        {
            // The server is away; the client sees its connection end.
        }
        finally
        {
            client.Dispose();
        }

        Task UpAsync() => CopyAsync(client, end, async bytes =>
        {
            var text = Encoding.ASCII.GetString(bytes.Span);
            if (text.StartsWith("GET ", StringComparison.Ordinal) || text.StartsWith("POST ", StringComparison.Ordinal))
                treatment = _treat(text);
            if (treatment is Treatment.Refuse or Treatment.Overload)
            {
                await client.SendAsync(treatment == Treatment.Refuse ? Refusal : Overload, end.Token);
                return false;
            }

            if (treatment == Treatment.Kill && !isDying)
            {
                isDying = true;
                end.CancelAfter(KilledAfter);
            }

            await server.SendAsync(bytes, end.Token);
            return true;
        });

        Task DownAsync() => CopyAsync(server, end, async bytes =>
        {
            if (treatment == Treatment.LoseAnswer)
                return false;
            if (treatment != Treatment.Hold)
                await client.SendAsync(bytes, end.Token);
            return true;
        });
    }

    private static async Task CopyAsync(Socket from, CancellationTokenSource end, Func<ReadOnlyMemory<byte>, Task<bool>> takeAsync)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            do
                read = await from.ReceiveAsync(buffer, end.Token);
            while (read > 0 && await takeAsync(buffer.AsMemory(0, read)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // One side is gone, and so is the other.
        }
        finally
        {
            await end.CancelAsync();
        }
    }
}
