using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Stores;

namespace Realtime.WebPush.Sending;

/// <summary>Sends pushes, some at a time, again where their service asks for it, and forgets subscriptions that are no more.</summary>
internal sealed partial class PushDispatcher : BackgroundService
{
    /// <summary>Services that reject pushes are told of once for each status; there are few of them, but whoever subscribes names one.</summary>
    private const int MaxTold = 256;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly Channel<PushDelivery> _ready;
    private readonly PriorityQueue<PushDelivery, long> _again = new();
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<(string Host, int Status), bool> _told = new();
    private readonly PushClient _client;
    private readonly IPushSubscriptionStore _store;
    private readonly WebPushOptions _options;
    private readonly WebPushMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public PushDispatcher(
        PushClient client, IPushSubscriptionStore store, WebPushOptions options, WebPushMetrics metrics, TimeProvider time, ILogger<PushDispatcher> logger)
    {
        _client = client;
        _store = store;
        _options = options;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _ready = Channel.CreateBounded<PushDelivery>(
            new BoundedChannelOptions(options.MaxPending) { FullMode = BoundedChannelFullMode.DropOldest }, _ => _metrics.Dropped("push"));
        metrics.Queued = () => _ready.Reader.Count + _again.Count;
    }

    /// <summary>Takes a push to be sent soon. Where too many wait, the one that has waited longest is dropped.</summary>
    internal void Enqueue(PushDelivery delivery) => _ready.Writer.TryWrite(delivery);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _options.Enabled
        ? Task.WhenAll([ReleaseAsync(stoppingToken), .. Enumerable.Range(0, _options.MaxParallel).Select(_ => SendAllAsync(stoppingToken))])
        : Task.CompletedTask;

    /// <summary>Hands over what has waited long enough to be tried again.</summary>
    private async Task ReleaseAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = _time.GetUtcNow().UtcTicks;
            lock (_gate)
            {
                while (_again.TryPeek(out var delivery, out var at) && at <= now)
                {
                    _again.Dequeue();
                    Enqueue(delivery);
                }
            }
        }
    }

    private async Task SendAllAsync(CancellationToken stoppingToken)
    {
        await foreach (var delivery in _ready.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SendAsync(delivery, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // One push that can't be sent must not end the sending of all others.
                LogFailed(_logger, HostOf(delivery), e);
                _metrics.Sent("failed");
            }
        }
    }

    private async Task SendAsync(PushDelivery delivery, CancellationToken cancellationToken)
    {
        var notification = delivery.Notification;
        var content = notification.ToContent(delivery.Unread, !delivery.WithoutData);
        var answer = await _client.SendAsync(delivery.Subscription, content, notification.Channel.Value, cancellationToken);
        switch (answer.Result)
        {
            case PushResult.Sent:
                _metrics.Sent("sent");
                break;
            case PushResult.Gone:
                _metrics.Sent("gone");
                await _store.RemoveAsync(delivery.Subscription.Endpoint, delivery.Subscription.User, cancellationToken);
                break;
            case PushResult.TooLarge when !delivery.WithoutData:
                _metrics.Sent("too-large");
                Enqueue(delivery with { WithoutData = true });
                break;
            case PushResult.Unavailable:
                Retry(delivery with { Failures = delivery.Failures + 1 }, answer.RetryAfter);
                break;
            default:
                _metrics.Sent(answer.Result == PushResult.Forbidden ? "forbidden" : "rejected");
                if (_told.Count < MaxTold && _told.TryAdd((HostOf(delivery), answer.Status ?? 0), true))
                    TellRejected(delivery, answer);
                break;
        }
    }

    private void Retry(PushDelivery delivery, TimeSpan? retryAfter)
    {
        if (RetryRules.WaitAfter(delivery.Failures, retryAfter, Random.Shared.NextDouble()) is not { } wait)
        {
            _metrics.Sent("given-up");
            LogGivenUp(_logger, HostOf(delivery), delivery.Failures);
            return;
        }

        _metrics.Sent("unavailable");
        lock (_gate)
        {
            if (_again.Count >= _options.MaxPending)
                _metrics.Dropped("push");
            else
                _again.Enqueue(delivery, (_time.GetUtcNow() + wait).UtcTicks);
        }
    }

    private void TellRejected(PushDelivery delivery, PushAnswer answer)
    {
        if (answer.Result == PushResult.Forbidden)
            LogForbidden(_logger, HostOf(delivery));
        else
            LogRejected(_logger, HostOf(delivery), answer.Status);
    }

    // The rest of an endpoint is a secret.
    private static string HostOf(PushDelivery delivery) => new Uri(delivery.Subscription.Endpoint).Authority;

    [LoggerMessage(6210, LogLevel.Warning, "The push service {Host} rejected a push with status {Status}; it is not tried again, and further rejections of this kind are only counted.", EventName = "PushRejected")]
    private static partial void LogRejected(ILogger logger, string host, int? status);

    [LoggerMessage(6211, LogLevel.Warning, "The endpoint of a subscription leads to {Host}, which is not on the public network; no push is sent there.", EventName = "PushForbidden")]
    private static partial void LogForbidden(ILogger logger, string host);

    [LoggerMessage(6212, LogLevel.Warning, "The push service {Host} could not take a push after {Tries} tries; it is given up.", EventName = "PushGivenUp")]
    private static partial void LogGivenUp(ILogger logger, string host, int tries);

    [LoggerMessage(6213, LogLevel.Error, "A push to {Host} failed.", EventName = "PushFailed")]
    private static partial void LogFailed(ILogger logger, string host, Exception exception);
}
