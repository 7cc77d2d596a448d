using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Realtime.Testing.Clients;

/// <summary>Reads by the plain WebSocket.</summary>
public sealed class WebSocketReader(ServerClient server, IReadOnlyList<string> channels, string? cursor) : TestReader(server, channels, cursor)
{
    /// <summary>The most channels that are named in the address; more are asked for by a frame.</summary>
    private const int MaxInAddress = 16;

    private readonly ClientWebSocket _socket = new() { Options = { KeepAliveInterval = TimeSpan.Zero } };
    private Task _receiving = Task.CompletedTask;

    /// <summary>The socket, for what has no method here.</summary>
    public ClientWebSocket Socket => _socket;

    /// <inheritdoc/>
    public override async Task ConnectAsync()
    {
        var inAddress = Channels.Count <= MaxInAddress;
        var query = inAddress && Channels.Count > 0
            ? $"?channels={string.Join(',', Channels)}&cursor={Cursor}"
            : "";
        if (Server.Token is not null)
            _socket.Options.SetRequestHeader("Authorization", "Bearer " + Server.Token);
        _socket.Options.Proxy = null;
        var address = new UriBuilder(new Uri(Server.Address, "api/ws" + query)) { Scheme = "ws" }.Uri;
        await _socket.ConnectAsync(address, WhenCut);
        if (!inAddress)
            await SendAsync(Subscription(0, Channels, Cursor));
        _receiving = ReceiveAllAsync(skipGreeting: !inAddress);
    }

    /// <summary>Subscribes while connected. The answer comes as an event.</summary>
    public Task SubscribeAsync(int reference, IReadOnlyList<string> channels, string? cursor = null) => SendAsync(Subscription(reference, channels, cursor));

    /// <summary>Unsubscribes while connected. The answer comes as an event.</summary>
    public Task UnsubscribeAsync(int reference, IReadOnlyList<string> channels) =>
        SendAsync(JsonSerializer.Serialize(new { unsubscribe = new { channels }, @ref = reference }));

    /// <summary>Sends a text frame.</summary>
    public Task SendAsync(string frame) => SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text);

    /// <summary>Sends a frame.</summary>
    public Task SendAsync(byte[] frame, WebSocketMessageType type) => _socket.SendAsync(frame, type, true, WhenCut);

    /// <inheritdoc/>
    public override void Cut()
    {
        base.Cut();
        _socket.Abort();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _receiving;
        _socket.Dispose();
    }

    private static string Subscription(int reference, IReadOnlyList<string> channels, string? cursor) => cursor is null
        ? JsonSerializer.Serialize(new { subscribe = new { channels }, @ref = reference })
        : JsonSerializer.Serialize(new { subscribe = new { channels, cursor }, @ref = reference });

    private async Task ReceiveAllAsync(bool skipGreeting)
    {
        var buffer = new byte[256 * 1024];
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    Array.Resize(ref buffer, 2 * length);
                var result = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    TellClosed((int?)_socket.CloseStatus, null);
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    return;
                }

                length += result.Count;
                if (!result.EndOfMessage)
                    continue;
                using (var frame = JsonDocument.Parse(buffer.AsMemory(0, length), new JsonDocumentOptions { MaxDepth = 128 }))
                    TellFrame(frame.RootElement, ref skipGreeting);
                length = 0;
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException or JsonException or KeyNotFoundException)
        {
            TellClosed(null, e);
        }
    }

    private void TellFrame(JsonElement frame, ref bool skipGreeting)
    {
        if (frame.TryGetProperty("messages", out var messages))
        {
            // A connection without channels begins with the cursor of none; the one asked for is in the answer to the frame.
            if (!skipGreeting)
                Tell(new BatchEvent(ReceivedMessage.ReadAll(messages), frame.GetProperty("cursor").GetString()!));
        }
        else if (frame.TryGetProperty("signal", out var signal))
        {
            Tell(new SignalEvent(ReceivedMessage.Read(signal)));
        }
        else if (frame.TryGetProperty("gap", out var gap))
        {
            Tell(GapEvent.Read(gap));
        }
        else if (frame.TryGetProperty("drain", out var drain))
        {
            Tell(new DrainEvent(TimeSpan.FromMilliseconds(drain.GetProperty("after").GetDouble())));
        }
        else if (frame.TryGetProperty("ack", out var ack))
        {
            TellAnswer(ack, ref skipGreeting);
        }
        else if (frame.TryGetProperty("error", out var error))
        {
            Tell(new AnswerEvent(true, error.Clone()));
        }
        else
        {
            _ = frame.GetProperty("ping");
            Tell(new PingEvent());
        }
    }

    private void TellAnswer(JsonElement ack, ref bool skipGreeting)
    {
        if (skipGreeting)
        {
            skipGreeting = false;
            Tell(new BatchEvent([], ack.GetProperty("cursor").GetString()!));
        }
        else
        {
            Tell(new AnswerEvent(false, ack.Clone()));
        }
    }
}
