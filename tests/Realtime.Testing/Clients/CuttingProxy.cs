using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Realtime.Testing.Clients;

/// <summary>
/// Stands between clients and a server and cuts each connection once so many bytes have come back over it, in the middle of whatever is on its way: the
/// answer to a request that was done is lost, and so are messages that the server has written.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = new();
    private readonly Uri _server;
    private readonly Func<long> _bytesUntilCut;
    private readonly Task _accepting;
    private int _cuts;

    /// <summary>Starts the proxy.</summary>
    /// <param name="server">The server behind it.</param>
    /// <param name="bytesUntilCut">Asked for each connection: after how many bytes from the server it is cut.</param>
    public CuttingProxy(Uri server, Func<long> bytesUntilCut)
    {
        _server = server;
        _bytesUntilCut = bytesUntilCut;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAllAsync();
    }

    /// <summary>Where clients connect.</summary>
    public Uri Address { get; }

    /// <summary>Connections that were cut so far.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <inheritdoc/>
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
            {
                var connection = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
                _connections.TryAdd(connection, 0);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy stops.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            await server.ConnectAsync(_server.Host, _server.Port, end.Token);
            var up = CopyAsync(client, server, long.MaxValue, end);
            var down = CopyAsync(server, client, _bytesUntilCut(), end);
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The server is away; the client sees its connection end.
        }
        finally
        {
            // Zero linger: the client gets a reset, as from a network that died.
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
        }
    }

    private async Task CopyAsync(Socket from, Socket to, long bytes, CancellationTokenSource end)
    {
        var buffer = new byte[4096];
        try
        {
            while (bytes > 0)
            {
                var read = await from.ReceiveAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, bytes)), end.Token);
                if (read == 0)
                    break;
                await to.SendAsync(buffer.AsMemory(0, read), end.Token);
                bytes -= read;
            }

            if (bytes == 0)
                Interlocked.Increment(ref _cuts);
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
