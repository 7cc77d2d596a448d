using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Realtime.Testing.Clients;

/// <summary>Reads by the hub, with SignalR's own client in either of its protocols.</summary>
public sealed class HubReader : TestReader
{
    private readonly Lock _gate = new();
    private readonly HubConnection _connection;
    private ClientWebSocket? _socket;
    private int _batches;

    /// <summary>Creates a reader that is not connected yet.</summary>
    public HubReader(ServerClient server, IReadOnlyList<string> channels, string? cursor, bool messagePack)
        : base(server, channels, cursor)
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(server.Address, "hub"), options =>
        {
            options.Transports = HttpTransportType.WebSockets;
            options.SkipNegotiation = true;
            // The socket is made here so that it can be cut.
            options.WebSocketFactory = async (context, cancellationToken) =>
            {
                _socket = new ClientWebSocket();
                _socket.Options.Proxy = null;
                if (server.Token is not null)
                    _socket.Options.SetRequestHeader("Authorization", "Bearer " + server.Token);
                await _socket.ConnectAsync(context.Uri, cancellationToken);
                return _socket;
            };
        });
        if (messagePack)
            builder.AddMessagePackProtocol();
        else
            builder.AddJsonProtocol(options => options.PayloadSerializerOptions.MaxDepth = 128);
        _connection = builder.Build();
        if (messagePack)
            ListenNative();
        else
            ListenJson();
        _connection.Closed += error =>
        {
            TellClosed(null, error);
            return Task.CompletedTask;
        };
    }

    /// <summary>The connection, for what has no method here.</summary>
    public HubConnection Connection => _connection;

    /// <inheritdoc/>
    public override async Task ConnectAsync()
    {
        await _connection.StartAsync(WhenCut);
        if (Channels.Count > 0)
            await SubscribeAsync(Channels, Cursor);
    }

    /// <summary>Calls <c>Subscribe</c>.</summary>
    public async Task SubscribeAsync(IReadOnlyList<string> channels, string? cursor = null)
    {
        var before = _batches;
        var answer = await _connection.InvokeAsync<Dictionary<string, string>>("Subscribe", channels.ToArray(), cursor, WhenCut);
        lock (_gate)
        {
            // Messages may overtake the answer; then theirs is the cursor.
            if (_batches == before)
                Tell(new BatchEvent([], answer["cursor"]));
        }
    }

    /// <summary>Calls <c>Unsubscribe</c>.</summary>
    public Task UnsubscribeAsync(IReadOnlyList<string> channels) => _connection.InvokeAsync("Unsubscribe", channels.ToArray(), WhenCut);

    /// <inheritdoc/>
    public override void Cut()
    {
        base.Cut();
        _socket?.Abort();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _connection.DisposeAsync();
        _socket?.Dispose();
    }

    private void ListenJson()
    {
        _connection.On<JsonElement[], string>("messages", (batch, cursor) => TellBatch([.. batch.Select(ReceivedMessage.Read)], cursor));
        _connection.On<JsonElement>("signal", signal => Tell(new SignalEvent(ReceivedMessage.Read(signal))));
        _connection.On<JsonElement>("gap", gap => Tell(GapEvent.Read(gap)));
        _connection.On<JsonElement>("drain", drain => TellDrain(drain));
    }

    private void ListenNative()
    {
        _connection.On<object[], string>("messages", (batch, cursor) => TellBatch([.. batch.Select(one => ReceivedMessage.Read(NativeValue.ToJson(one)))], cursor));
        _connection.On<object>("signal", signal => Tell(new SignalEvent(ReceivedMessage.Read(NativeValue.ToJson(signal)))));
        _connection.On<object>("gap", gap => Tell(GapEvent.Read(NativeValue.ToJson(gap))));
        _connection.On<object>("drain", drain => TellDrain(NativeValue.ToJson(drain)));
    }

    private void TellBatch(IReadOnlyList<ReceivedMessage> messages, string cursor)
    {
        lock (_gate)
        {
            _batches++;
            Tell(new BatchEvent(messages, cursor));
        }
    }

    private void TellDrain(JsonElement drain) => Tell(new DrainEvent(TimeSpan.FromMilliseconds(drain.GetProperty("after").GetDouble())));
}
