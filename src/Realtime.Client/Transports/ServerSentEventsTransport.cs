using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Realtime.Client.Http;

namespace Realtime.Client.Transports;

/// <summary>Reads one long answer of events.</summary>
internal sealed class ServerSentEventsTransport(ApiClient api) : IReadTransport
{
    public RealtimeTransport Kind => RealtimeTransport.ServerSentEvents;

    public bool Pings => true;

    public async IAsyncEnumerable<Frame> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (method, path, body) = ReadPath.Of("api/stream", request);
        using var response = await api.OpenAsync(method, path, body, cancellationToken).ConfigureAwait(false);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var parser = SseParser.Create(stream, Parse);
        var isRetryTold = false;
        await foreach (var item in parser.EnumerateAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!isRetryTold && parser.ReconnectionInterval > TimeSpan.Zero)
            {
                isRetryTold = true;
                yield return Frame.Retry(parser.ReconnectionInterval);
            }

            // Only messages have an id, the cursor after them.
            if (item.Data is { } frame)
                yield return item.EventType == "message" ? frame with { Cursor = item.EventId } : frame;
        }

        throw new RealtimeClientException(RealtimeClientException.ConnectionLost, "The stream ended.");
    }

    /// <summary>Null for an event of a newer server that is not known here.</summary>
    private static Frame? Parse(string type, ReadOnlySpan<byte> data) => type switch
    {
        "message" or "signal" => Frame.Of([Read<ReceivedMessage>(data)], null),
        "ready" => Frame.Of([], Read<PollJson>(data).Cursor),
        "ping" => Frame.Ping,
        "gap" => Frame.Of([Wire.AsItem(Read<MessageGap>(data))], null),
        "drain" => Frame.Drain(Read<DrainJson>(data).After),
        _ => null,
    };

    private static T Read<T>(ReadOnlySpan<byte> data) =>
        JsonSerializer.Deserialize<T>(data, Wire.Json) ?? throw new JsonException("An event of the stream is null.");
}
