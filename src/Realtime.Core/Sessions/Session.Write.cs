using Realtime.Delivery;

namespace Realtime.Sessions;

public sealed partial class Session
{
    /// <summary>More than a transport lets a client have under way.</summary>
    internal const int MaxOutgoing = 256;

    private void Send(Frame frame)
    {
        if (_ended || _closing is not null)
            return;
        if (!_writing)
        {
            Put(frame, shared: true);
            return;
        }

        _outgoing ??= new Queue<Frame>();
        // Pings, acknowledgements and pongs: a connection that has this many untaken has stopped reading while it goes on asking.
        if (_outgoing.Count >= MaxOutgoing)
            Abort(CloseReason.SlowConsumer);
        else
            _outgoing.Enqueue(frame);
    }

    private void Finish(CloseReason reason)
    {
        _ended = true;
        _registry.Metrics.Closed(_connection.Transport, reason);
        _connection.Close(reason);
    }

    private void Put(Frame frame, bool shared)
    {
        ValueTask write;
        try
        {
            write = _connection.WriteAsync(frame);
            if (write.IsCompleted)
            {
                write.GetAwaiter().GetResult();
                return;
            }
        }
        catch (Exception e)
        {
            // The client is gone; its transport detaches the session.
            Fail(e);
            return;
        }

        // The frame lies in the pump's buffer, which the next session would overwrite.
        if (!shared)
            _pump.Buffer.Abandon();
        _writing = true;
        _writeStarted = _registry.Time.GetTimestamp();
        _write = write;
        _onWritten ??= WrittenCallback(new WrittenCommand(this));
        write.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onWritten);
    }

    private Action WrittenCallback(WrittenCommand command) => () => _pump.Enqueue(command);

    private void EndWrite()
    {
        _writing = false;
        var write = _write;
        _write = default;
        try
        {
            write.GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        Deliver();
    }
}
