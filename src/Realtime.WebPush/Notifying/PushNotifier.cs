using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Channels;
using Realtime.Presence;
using Realtime.Publishing;
using Realtime.Stores;
using Realtime.WebPush.Sending;

namespace Realtime.WebPush.Notifying;

/// <summary>
/// Notices what this node commits to <c>user:{id}</c>, waits for that user to come or to read it, and otherwise notifies the user's browsers: one push for
/// a channel, however many messages came. What waits is in memory, and goes with the node; the messages don't.
/// </summary>
internal sealed partial class PushNotifier : BackgroundService, ILogObserver
{
    private const string Namespace = "user";

    /// <summary>How many entries are looked at together: users whose subscriptions one question to the store finds.</summary>
    private const int BatchSize = 256;

    /// <summary>How many questions of presence and of read markers are open at a time.</summary>
    private const int MaxQuestions = 8;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1);

    /// <summary>By then every node has heard from the others who is there, and who no longer is.</summary>
    private static readonly TimeSpan Propagation = TimeSpan.FromSeconds(2);

    private readonly PendingNotifications _pending;
    private readonly IPushSubscriptionStore _subscriptions;
    private readonly IReadMarkers? _markers;
    private readonly PresenceRegistry _presence;
    private readonly PushDispatcher _dispatcher;
    private readonly WebPushMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TimeSpan _interval;

    /// <summary>Who is seen now was there this long ago, or later: presence outlasts readers.</summary>
    private readonly TimeSpan _linger;
    private readonly bool _isEnabled;
    private bool _failing;

    public PushNotifier(
        IPushSubscriptionStore subscriptions, IReadMarkers? markers, PresenceRegistry presence, PresenceOptions presenceOptions, PushDispatcher dispatcher,
        WebPushOptions options, WebPushMetrics metrics, TimeProvider time, ILogger<PushNotifier> logger)
    {
        _isEnabled = options.Enabled;
        _pending = new PendingNotifications(options.MaxPending, options.After, () => metrics.Dropped("notification"));
        metrics.Pending = () => Pending;
        _subscriptions = subscriptions;
        _markers = markers;
        _presence = presence;
        _dispatcher = dispatcher;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        // Presence lingers for the grace: looked at twice as often, it shows everyone who came by, however shortly.
        var interval = presenceOptions.LeaveGrace / 2;
        _interval = interval > ShortestInterval ? interval : ShortestInterval;
        // The grace of a user who polls begins when the lease of the last poll ends.
        _linger = presenceOptions.PollLease + presenceOptions.LeaveGrace + Propagation;
    }

    /// <summary>How many channels have messages that their users may have to be told of.</summary>
    internal int Pending => _pending.Count;

    /// <inheritdoc/>
    public void Committed(IReadOnlyList<ChannelBatch> commit)
    {
        if (!_isEnabled)
            return;
        var now = _time.GetUtcNow();
        foreach (var batch in commit)
        {
            if (UserOf(batch.Channel) is { } user)
                _pending.Add(Notification.Of(batch.Messages[^1]), user, now);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_isEnabled)
            return;
        using var timer = new PeriodicTimer(Tick, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            while (_pending.TakeDue(_time.GetUtcNow(), BatchSize) is { Count: > 0 } batch)
                await CheckAsync(batch, stoppingToken);
        }
    }

    private async Task CheckAsync(List<PendingNotification> batch, CancellationToken cancellationToken)
    {
        try
        {
            var found = await _subscriptions.FindAsync([.. batch.Select(entry => entry.User).Distinct()], cancellationToken);
            var now = _time.GetUtcNow();
            foreach (var expired in found.Where(subscription => subscription.ExpiresAt <= now))
                await _subscriptions.RemoveAsync(expired.Endpoint, expired.User, cancellationToken);
            var usable = found.Where(subscription => !(subscription.ExpiresAt <= now)).ToLookup(subscription => subscription.User);
            await Parallel.ForEachAsync(
                batch,
                new ParallelOptions { MaxDegreeOfParallelism = MaxQuestions, CancellationToken = cancellationToken },
                async (entry, cancel) => await CheckAsync(entry, usable[entry.User], cancel));
            if (_failing)
                LogChecksAgain(_logger);
            _failing = false;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever failed, those who wait must not be lost with it, nor the loop; told once for each outage.
            if (!_failing)
                LogCheckFailed(_logger, e);
            _failing = true;
            foreach (var entry in batch)
                _pending.CheckAgain(entry, _time.GetUtcNow() + _interval);
        }
    }

    private async ValueTask CheckAsync(PendingNotification entry, IEnumerable<PushSubscription> subscriptions, CancellationToken cancellationToken)
    {
        // First of all: most users have none, and what waits for them in vain takes the place of others.
        if (!subscriptions.Any())
        {
            _pending.Remove(entry);
            _metrics.Settled("unsubscribed");
            return;
        }

        var (newest, newestAt) = (entry.Newest, entry.NewestAt);
        var present = await FindAsync(entry, cancellationToken);
        var now = _time.GetUtcNow();
        if (present is not null)
        {
            // Who left just before the message still counts as present for a while, and must not be taken for somebody who got it.
            if (present.Since > newestAt || now >= newestAt + _linger)
            {
                Settle(entry, newest, "connected");
                return;
            }

            _pending.ReachedUntil(entry, now - _linger);
        }

        if (present is not null || now < entry.DueAt)
        {
            var next = present is null ? entry.DueAt : newestAt + _linger;
            _pending.CheckAgain(entry, now + _interval < next ? now + _interval : next);
            return;
        }

        var read = _markers is null ? 0 : await _markers.ReadUpToAsync(entry.Channel, entry.User, cancellationToken);
        if (read >= newest.Offset)
        {
            Settle(entry, newest, "read");
            return;
        }

        foreach (var subscription in subscriptions)
            _dispatcher.Enqueue(new PushDelivery(subscription, newest, newest.Offset - read));
        Settle(entry, newest, "sent");
    }

    /// <summary>The user as a reader of the channel, on any node and by any transport; null when absent. Somebody else who may read it doesn't count.</summary>
    private async ValueTask<PresentUser?> FindAsync(PendingNotification entry, CancellationToken cancellationToken)
    {
        // Where nobody knows, a push too many is better than one too few.
        var list = await _presence.ReadAsync(entry.Channel, int.MaxValue, cancellationToken);
        return list?.Users.FirstOrDefault(one => one.User == entry.User);
    }

    private void Settle(PendingNotification entry, Notification upTo, string reason)
    {
        _pending.Settle(entry, upTo.Offset, _time.GetUtcNow());
        _metrics.Settled(reason);
    }

    private static string? UserOf(ChannelName channel) =>
        channel.Value.Length > Namespace.Length + 1 && channel.Namespace.SequenceEqual(Namespace) ? channel.Value[(Namespace.Length + 1)..] : null;

    [LoggerMessage(6220, LogLevel.Error, "Who has to be notified could not be found out, and will be tried again.", EventName = "PushCheckFailed")]
    private static partial void LogCheckFailed(ILogger logger, Exception exception);

    [LoggerMessage(6221, LogLevel.Information, "Who has to be notified can be found out again.", EventName = "PushChecksAgain")]
    private static partial void LogChecksAgain(ILogger logger);
}
