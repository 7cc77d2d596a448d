using Realtime.Delivery;
using Realtime.Sessions;

namespace Realtime.Transports.WebSockets;

/// <summary>
/// Under the framework's WebSocket, which parses what the client sends: reads come from the connection, and what the socket wants to say (pongs, the answer
/// to a close) goes through the session, so that it never falls into the middle of a frame.
/// </summary>
internal sealed class SessionStream(Stream connection, Session session) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => connection.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        session.Write(new Frame(buffer.ToArray()));
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => session.Write(new Frame(buffer.AsSpan(offset, count).ToArray()));
}
