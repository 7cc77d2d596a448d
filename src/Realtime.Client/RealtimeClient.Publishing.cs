using System.Text.Json;
using Realtime.Client.Http;

namespace Realtime.Client;

public sealed partial class RealtimeClient
{
    /// <summary>The most messages of a batch.</summary>
    public const int MaxBatch = 1_000;

    /// <summary>
    /// Publishes a message, and returns when it is durable. The id stays the same over every try, so a lost answer publishes nothing twice; tries end with
    /// <see cref="RealtimeClientOptions.PublishTimeout"/>.
    /// </summary>
    /// <param name="channel">The channel.</param>
    /// <param name="data">Any value that can be written as JSON.</param>
    /// <param name="id">At most 64 characters of <c>A–Z a–z 0–9 . _ : ~ @ -</c>; null makes one.</param>
    /// <param name="type">Null for <c>message</c>.</param>
    /// <param name="cancellationToken">Ends the wait; whether the message was published is not known then.</param>
    /// <exception cref="RealtimeClientException">The server refused it, or could not be reached for too long.</exception>
    public async Task<PublishAck> PublishAsync<T>(
        string channel, T data, string? id = null, string? type = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        var message = new PublishJson(JsonSerializer.SerializeToElement(data, _options.SerializerOptions), id ?? NewId(), type);
        return await RepeatAsync<PublishAck>(Query.OfChannel(channel, "messages"), message, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Publishes several messages in one request. One that is refused stops none of the others.</summary>
    /// <param name="messages">At most <see cref="MaxBatch"/>.</param>
    /// <param name="cancellationToken">Ends the wait; whether the messages were published is not known then.</param>
    /// <returns>What became of each, in the same order.</returns>
    /// <exception cref="RealtimeClientException">The whole request was refused, or the server could not be reached for too long.</exception>
    public async Task<IReadOnlyList<PublishResult>> PublishAsync(IReadOnlyCollection<OutgoingMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Count, MaxBatch, nameof(messages));
        if (messages.Count == 0)
            return [];
        var batch = new BatchJson([.. messages.Select(message => new PublishJson(
            JsonSerializer.SerializeToElement(message.Data, _options.SerializerOptions), message.Id ?? NewId(), message.Type, message.Channel))]);
        var answer = await RepeatAsync<BatchAnswerJson>("api/publish", batch, cancellationToken).ConfigureAwait(false);
        return [.. answer.Results.Select(ReadResult)];
    }

    /// <summary>Sends a signal, once: whoever is not connected never sees it.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="type">The type.</param>
    /// <param name="data">Any value that can be written as JSON; null leaves it out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RealtimeClientException">The server refused it or could not be reached.</exception>
    public Task SignalAsync(string channel, string type, object? data = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(channel);
        ArgumentException.ThrowIfNullOrEmpty(type);
        var signal = new SignalJson(type, data is null ? null : JsonSerializer.SerializeToElement(data, _options.SerializerOptions));
        return _api.CallAsync<JsonElement>(HttpMethod.Post, Query.OfChannel(channel, "signals"), signal, cancellationToken);
    }

    private static string NewId() => Guid.NewGuid().ToString("N");

    private static PublishResult ReadResult(JsonElement result)
    {
        if (result.TryGetProperty("offset", out _))
            return new PublishResult(result.Deserialize<PublishAck>(Wire.Json), null);
        var status = result.TryGetProperty("status", out var number) ? (System.Net.HttpStatusCode)number.GetInt32() : System.Net.HttpStatusCode.BadRequest;
        return new PublishResult(null, RealtimeClientException.FromProblem(result, status, null));
    }

    /// <summary>Posts until there is an answer that a further try would not change.</summary>
    private async Task<T> RepeatAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(_options.ReconnectDelay, _options.MaxReconnectDelay);
        var began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                return await _api.CallAsync<T>(HttpMethod.Post, path, body, cancellationToken).ConfigureAwait(false)
                    ?? throw new RealtimeClientException(RealtimeClientException.ConnectionLost, "The answer to a publish is empty.");
            }
            catch (RealtimeClientException e) when (e.IsTransient)
            {
                var delay = backoff.Next(e.RetryAfter);
                if (_time.GetElapsedTime(began) + delay > _options.PublishTimeout)
                    throw;
                Log.PublishRepeated(_logger, delay, e);
                await Task.Delay(delay, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
