using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Realtime.Testing.Clients;

namespace Realtime.Server.Tests.Faults;

/// <summary>A client that asks for messages and then takes nothing from its socket any more.</summary>
internal sealed class SilentReader : IDisposable
{
    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n";

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);

    public void Dispose() => _socket.Dispose();

    internal static async Task<SilentReader> OpenAsync(ReaderKind kind, ServerClient user, string channel, string cursor)
    {
        var reader = new SilentReader();
        // As little as the system allows, so that the server notices soon.
        reader._socket.ReceiveBufferSize = 1;
        await reader._socket.ConnectAsync(user.Address.Host, user.Address.Port, TestContext.Current.CancellationToken);
        var query = $"?channels={channel}&cursor={cursor}";
        switch (kind)
        {
            case ReaderKind.WebSocket:
                await reader.RequestAsync(user, "/api/ws" + query, Upgrade);
                await reader.AnsweredAsync();
                break;
            case ReaderKind.ServerSentEvents:
                await reader.RequestAsync(user, "/api/stream" + query, "");
                await reader.AnsweredAsync();
                break;
            case ReaderKind.LongPoll or ReaderKind.ShortPoll:
                await reader.RequestAsync(user, $"/api/poll{query}&limit=1000&wait={(kind == ReaderKind.LongPoll ? 25 : 0)}", "");
                break;
            default:
                await reader.RequestAsync(user, "/hub", Upgrade);
                await reader.AnsweredAsync();
                await reader.CallHubAsync(channel, cursor);
                break;
        }

        return reader;
    }

    private Task RequestAsync(ServerClient user, string target, string headers) => SendAsync(
        Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {user.Address.Authority}\r\nAuthorization: Bearer {user.Token}\r\n{headers}\r\n"));

    /// <summary>The first byte of the answer, so that the server has begun; no more.</summary>
    private Task<int> AnsweredAsync() =>
        Deadline.WithinAsync(_socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken).AsTask(), "answer's first byte");

    private async Task CallHubAsync(string channel, string cursor)
    {
        await SendAsync(Frame("{\"protocol\":\"json\",\"version\":1}\u001e"));
        await SendAsync(Frame($$"""{"type":1,"invocationId":"1","target":"Subscribe","arguments":[["{{channel}}"],"{{cursor}}"]}""" + "\u001e"));
    }

    private async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>A masked text frame of RFC 6455; a mask of zeros leaves the text as it is.</summary>
    private static byte[] Frame(string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var frame = new byte[8 + payload.Length];
        frame[0] = 0x81;
        frame[1] = 0xFE;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        payload.CopyTo(frame, 8);
        return frame;
    }
}
