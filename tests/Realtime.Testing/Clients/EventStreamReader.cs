using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace Realtime.Testing.Clients;

/// <summary>Reads by server-sent events.</summary>
public sealed class EventStreamReader(ServerClient server, IReadOnlyList<string> channels, string? cursor) : TestReader(server, channels, cursor)
{
    private HttpResponseMessage? _response;
    private Stream? _stream;
    private Task _receiving = Task.CompletedTask;

    /// <inheritdoc/>
    public override async Task ConnectAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/stream")
        {
            Content = new StringContent(JsonSerializer.Serialize(new { channels = Channels, cursor = Cursor }), Encoding.UTF8, "application/json"),
        };
        _response = await Server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, WhenCut);
        _response.EnsureSuccessStatusCode();
        Assert.Equal("text/event-stream", _response.Content.Headers.ContentType?.MediaType);
        _stream = await _response.Content.ReadAsStreamAsync(WhenCut);
        _receiving = ReceiveAllAsync(_stream);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _receiving;
        _response?.Dispose();
    }

    private async Task ReceiveAllAsync(Stream stream)
    {
        try
        {
            // The parser keeps the last id over events that have none, so whether an event has one shows in the parser alone.
            var parser = SseParser.Create(stream);
            await foreach (var item in parser.EnumerateAsync(WhenCut))
                TellItem(item);
            TellClosed(null, null);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException or JsonException)
        {
            TellClosed(null, e);
        }
    }

    private void TellItem(SseItem<string> item)
    {
        using var document = JsonDocument.Parse(item.Data, new JsonDocumentOptions { MaxDepth = 128 });
        var data = document.RootElement;
        switch (item.EventType)
        {
            case "ready":
                Assert.Null(item.EventId);
                Tell(new BatchEvent([], data.GetProperty("cursor").GetString()!));
                break;
            case "message":
                Tell(new BatchEvent([ReceivedMessage.Read(data)], item.EventId!));
                break;
            case "signal":
                Assert.Null(item.EventId);
                Tell(new SignalEvent(ReceivedMessage.Read(data)));
                break;
            case "gap":
                Assert.Null(item.EventId);
                Tell(GapEvent.Read(data));
                break;
            case "drain":
                Tell(new DrainEvent(TimeSpan.FromMilliseconds(data.GetProperty("after").GetDouble())));
                break;
            default:
                Assert.Equal("ping", item.EventType);
                Assert.Null(item.EventId);
                Tell(new PingEvent());
                break;
        }
    }
}
