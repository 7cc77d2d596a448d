using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Realtime.Client.Http;

namespace Realtime.Client.Transports;

/// <summary>Reads frames of JSON from the plain WebSocket.</summary>
internal sealed class WebSocketTransport(ApiClient api) : IReadTransport
{
    private const string Path = "api/ws";
    private const long SubscribeRef = 1;

    /// <summary>How long to stay away from a server that is overloaded, before the backoff.</summary>
    private static readonly TimeSpan Overloaded = TimeSpan.FromSeconds(5);

    public RealtimeTransport Kind => RealtimeTransport.WebSocket;

    public bool Pings => true;

    public async IAsyncEnumerable<Frame> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = ReadPath.Whole(Path, request);
        var fits = ReadPath.Fits(path);
        using var socket = await ConnectAsync(fits ? path : Path, cancellationToken).ConfigureAwait(false);
        if (!fits)
            await SubscribeAsync(socket, request, cancellationToken).ConfigureAwait(false);

        // Without channels in the address the first cursor is that of none; the one that counts comes with the answer to the subscribe frame.
        var isGreeting = !fits;
        var isJoining = !fits;
        var received = new WebSocketMessage(socket);
        while (true)
        {
            if (await received.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } bytes)
                throw ClosedBy(socket);
            var frame = JsonSerializer.Deserialize<FrameJson>(bytes.Span, Wire.Json) ?? throw new JsonException("A frame of the WebSocket is null.");
            if (frame.Messages is { } messages)
            {
                // Messages that overtake the answer have the newer cursor.
                isJoining &= isGreeting;
                if (!isGreeting)
                    yield return Frame.Of(messages, frame.Cursor);
                isGreeting = false;
            }
            else if (frame.Ack is { Ref: SubscribeRef } ack)
            {
                yield return Frame.Of([], isJoining ? ack.Cursor : null);
                isJoining = false;
            }
            else if (frame.Error is { } error)
            {
                throw RealtimeClientException.FromProblem(error, StatusOf(error), RetryAfterOf(error));
            }
            else if (Read(frame) is { } other)
            {
                yield return other;
            }
        }
    }

    private static Frame? Read(FrameJson frame) => frame switch
    {
        { Signal: { } signal } => Frame.Of([signal], null),
        { Gap: { } gap } => Frame.Of([Wire.AsItem(gap)], null),
        { Ping: not null } => Frame.Ping,
        { Drain: { } drain } => Frame.Drain(drain.After),
        _ => null,
    };

    /// <summary>Connects, and once more with a new token when the first is refused.</summary>
    private async Task<ClientWebSocket> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var address = new UriBuilder(api.AddressOf(path));
        address.Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
        for (var mayRenew = true; ; mayRenew = false)
        {
            var token = await api.Tokens.GetAsync(cancellationToken).ConfigureAwait(false);
            var socket = new ClientWebSocket();
            try
            {
                socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
                socket.Options.CollectHttpResponseDetails = true;
                await socket.ConnectAsync(address.Uri, api.CreateHttp(), cancellationToken).ConfigureAwait(false);
                return socket;
            }
            catch (Exception e) when (ApiClient.IsOfNetwork(e))
            {
                var status = socket.HttpStatusCode;
                socket.Dispose();
                if (status == HttpStatusCode.Unauthorized)
                {
                    api.Tokens.Refuse(token);
                    if (mayRenew)
                        continue;
                }

                // Without its body the refusal does not tell what it is about.
                if (status == default || e is OperationCanceledException)
                    throw;
                throw new RealtimeClientException("http", $"The WebSocket's handshake was answered with status {(int)status}.", e) { Status = status };
            }
        }
    }

    private static Task SubscribeAsync(ClientWebSocket socket, ReadRequest request, CancellationToken cancellationToken)
    {
        var frame = new { Subscribe = new ReadJson(request.Channels, request.Cursor, null, null), Ref = SubscribeRef };
        return socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(frame, Wire.Json), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
    }

    private static RealtimeClientException ClosedBy(ClientWebSocket socket)
    {
        var code = (int)(socket.CloseStatus ?? WebSocketCloseStatus.Empty);
        var text = $"The WebSocket was closed with code {code} ({socket.CloseStatusDescription}).";
        // Codes of an application's own are judged by their range, so that those of a newer server are understood.
        if (code is 1008 or (>= 3500 and < 4000) or (>= 4500 and < 5000))
            return new RealtimeClientException(RealtimeClientException.Refused, text) { IsFromServer = true };
        return new RealtimeClientException(RealtimeClientException.ConnectionLost, text)
        {
            IsFromServer = code is 1001 or 1012 or 1013,
            RetryAfter = code == 1013 ? Overloaded : null,
        };
    }

    private static HttpStatusCode StatusOf(JsonElement error) =>
        error.TryGetProperty("status", out var status) && status.TryGetInt32(out var number) ? (HttpStatusCode)number : HttpStatusCode.BadRequest;

    private static TimeSpan? RetryAfterOf(JsonElement error) =>
        error.TryGetProperty("retryAfter", out var after) && after.TryGetDouble(out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
