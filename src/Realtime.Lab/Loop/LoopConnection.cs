using System.Net;
using System.Net.Sockets;

namespace Realtime.Lab.Loop;

/// <summary>
/// One socket of an <see cref="EventLoop"/>. Everything but the constructor runs on the loop's thread, so a connection needs no locks;
/// it holds no buffer of its own, the loop lends it one for each read.
/// </summary>
internal abstract class LoopConnection
{
    private bool _open;

    /// <summary>The socket, once connected.</summary>
    public Socket Socket { get; private set; } = null!;

    /// <summary>Where the poller keeps this connection.</summary>
    public int PollerSlot { get; set; }

    /// <summary>When <see cref="TimerElapsed"/> is due, on <see cref="LabClock"/>; 0 for never.</summary>
    public long TimerDue { get; set; }

    /// <summary>Bytes received since the connection was opened.</summary>
    public long BytesIn { get; private set; }

    /// <summary>Bytes sent since the connection was opened.</summary>
    public long BytesOut { get; private set; }

    /// <summary>Calls of <c>recv</c> that returned something.</summary>
    public long Reads { get; private set; }

    /// <summary>Why the connection ended; null while it is open or was closed from this side.</summary>
    public string? Failure { get; private set; }

    protected EventLoop Loop { get; private set; } = null!;

    /// <summary>Connects (loopback takes microseconds, so the loop waits for it) and starts to listen.</summary>
    /// <exception cref="SocketException">The server refused.</exception>
    public void Open(EventLoop loop, EndPoint server, IPAddress? source)
    {
        Loop = loop;
        Socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (source is not null)
            Socket.Bind(new IPEndPoint(source, 0));
        Socket.Connect(server);
        Socket.Blocking = false;
        _open = true;
        loop.Watch(this);
        Opened();
    }

    /// <summary>Takes what the socket has.</summary>
    public void ReadReady(Span<byte> buffer)
    {
        if (!_open)
            return;
        var count = Socket.Receive(buffer, SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock or SocketError.IOPending)
            return;
        if (error != SocketError.Success || count == 0)
        {
            Fail(error == SocketError.Success ? "the server closed the connection" : $"the connection broke ({error})");
            return;
        }
        BytesIn += count;
        Reads++;
        try
        {
            Received(buffer[..count], LabClock.Now);
        }
        catch (WireException exception)
        {
            Fail(exception.Message);
        }
    }

    /// <summary>Closes from this side; nothing is reported afterwards.</summary>
    public void Close()
    {
        if (!_open)
            return;
        _open = false;
        TimerDue = 0;
        Loop.Forget(this);
        Socket.Dispose();
        Released();
    }

    /// <summary>The time that <see cref="SetTimer"/> asked for has come.</summary>
    public abstract void TimerElapsed(long now);

    protected abstract void Opened();

    protected abstract void Received(ReadOnlySpan<byte> data, long now);

    /// <summary>The connection ended and the other side, or an error, ended it.</summary>
    protected virtual void Failed()
    {
    }

    /// <summary>The connection is closed, whoever did it: give back what is pooled.</summary>
    protected virtual void Released()
    {
    }

    protected void Fail(string reason)
    {
        if (!_open)
            return;
        Failure = reason;
        Close();
        Failed();
    }

    protected void Send(ReadOnlySpan<byte> data)
    {
        while (_open && data.Length > 0)
        {
            var sent = Socket.Send(data, SocketFlags.None, out var error);
            if (error is SocketError.WouldBlock or SocketError.IOPending)
            {
                // Requests are small and one at a time, so only a server that stopped reading, or a large batch, fills the socket.
                Socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectWrite);
                continue;
            }
            if (error != SocketError.Success)
            {
                Fail($"sending failed ({error})");
                return;
            }
            BytesOut += sent;
            data = data[sent..];
        }
    }

    protected void SetTimer(long due)
    {
        TimerDue = due;
        Loop.Schedule(this, due);
    }
}
