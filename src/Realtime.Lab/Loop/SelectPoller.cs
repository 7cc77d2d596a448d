using System.Net.Sockets;

namespace Realtime.Lab.Loop;

/// <summary>The poller where there is no epoll. Its cost grows with the number of sockets: fine for tens of readers, not for thousands.</summary>
internal sealed class SelectPoller : IPoller
{
    private readonly Dictionary<Socket, LoopConnection> _connections = [];
    private readonly List<Socket> _readable = [];

    public void Add(LoopConnection connection) => _connections.Add(connection.Socket, connection);

    public void Remove(LoopConnection connection) => _connections.Remove(connection.Socket);

    public void Wait(long timeoutMicros, List<LoopConnection> ready)
    {
        ready.Clear();
        _readable.Clear();
        _readable.AddRange(_connections.Keys);
        if (_readable.Count == 0)
        {
            // Select refuses an empty list; there is nothing to hear, so only time can pass.
            using var nobody = new ManualResetEventSlim();
            nobody.Wait(TimeSpan.FromMicroseconds(timeoutMicros));
            return;
        }
        Socket.Select(_readable, null, null, TimeSpan.FromMicroseconds(timeoutMicros));
        foreach (var socket in _readable)
            ready.Add(_connections[socket]);
    }

    public void Dispose() => _connections.Clear();
}
