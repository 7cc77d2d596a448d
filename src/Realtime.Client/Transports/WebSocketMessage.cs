using System.Net.WebSockets;

namespace Realtime.Client.Transports;

/// <summary>Puts the frames of a WebSocket together, in a buffer that is used again for the next.</summary>
internal sealed class WebSocketMessage(WebSocket socket)
{
    /// <summary>More than the server writes together by far; what says more is not the server.</summary>
    private const int MaxBytes = 64 * 1024 * 1024;

    private byte[] _buffer = new byte[16 * 1024];

    /// <summary>The next message, good until the call after; null when the other side has closed.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        for (var length = 0; ;)
        {
            if (length == _buffer.Length)
            {
                if (length >= MaxBytes)
                    throw new IOException($"A message of the WebSocket is larger than {MaxBytes} bytes.");
                Array.Resize(ref _buffer, length * 2);
            }

            var result = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close)
                return null;
            length += result.Count;
            if (result.EndOfMessage)
                return _buffer.AsMemory(0, length);
        }
    }
}
