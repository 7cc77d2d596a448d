using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Realtime.Stores;
using Realtime.WebPush.Encryption;

namespace Realtime.WebPush.Sending;

/// <summary>Sends one push to the push service of one browser (RFC 8030).</summary>
internal sealed class PushClient(IHttpClientFactory clients, VapidKeyring keyring, WebPushOptions options, TimeProvider time)
{
    /// <summary>The name of the client in the factory.</summary>
    internal const string ClientName = "realtime-web-push";

    private readonly Lazy<VapidTokens> _tokens = new(() => new VapidTokens(keyring.Key, options.Subject!, time));

    /// <summary>Encrypts the content and sends it, once.</summary>
    /// <param name="subscription">Whereto.</param>
    /// <param name="content">What.</param>
    /// <param name="channel">A push that still waits at the service and is of the same channel gives way to this one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RealtimeException">The key can't be had yet; transient.</exception>
    internal async Task<PushAnswer> SendAsync(PushSubscription subscription, byte[] content, string channel, CancellationToken cancellationToken)
    {
        var endpoint = new Uri(subscription.Endpoint);
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
        {
            Content = new ByteArrayContent(MessageEncryption.Encrypt(content, subscription.PublicKey, subscription.AuthSecret)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentEncoding.Add(MessageEncryption.ContentEncoding);
        request.Headers.TryAddWithoutValidation("Authorization", _tokens.Value.For(endpoint.GetLeftPart(UriPartial.Authority)));
        request.Headers.Add("TTL", ((long)options.Ttl.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("Topic", keyring.Key.TopicOf(channel));
        // What the standard names for chat: a browser whose battery is low may wait for better times.
        request.Headers.Add("Urgency", "normal");
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return new PushAnswer(ResultOf(response.StatusCode), (int)response.StatusCode, RetryAfter(response.Headers.RetryAfter));
        }
        catch (HttpRequestException e) when (e.InnerException is ForbiddenAddressException)
        {
            return new PushAnswer(PushResult.Forbidden);
        }
        catch (HttpRequestException)
        {
            return new PushAnswer(PushResult.Unavailable);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The time to answer was over.
            return new PushAnswer(PushResult.Unavailable);
        }
    }

    private static PushResult ResultOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound or HttpStatusCode.Gone => PushResult.Gone,
        HttpStatusCode.RequestEntityTooLarge => PushResult.TooLarge,
        HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => PushResult.Unavailable,
        >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => PushResult.Sent,
        _ => PushResult.Rejected,
    };

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta ?? header?.Date - time.GetUtcNow();
}
