using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Realtime.Diagnostics;
using Realtime.Publishing;
using Realtime.Sessions;

namespace Realtime.Backbones;

/// <summary>Knows how this node is, and tells the others at an interval.</summary>
public sealed class NodeReporter(
    IBackbone backbone,
    FrameSender sender,
    FrameReceiver receiver,
    HeadWatcher heads,
    SessionRegistry sessions,
    Publisher publisher,
    RealtimeMetrics metrics,
    BackboneOptions options,
    TimeProvider time)
    : BackgroundService
{
    /// <summary>A scrape asks for several gauges at once; one look over the sessions serves them all.</summary>
    private static readonly TimeSpan LookLifetime = TimeSpan.FromMilliseconds(500);

    private DateTimeOffset _started;
    private SessionsLook? _look;

    /// <summary>How this node is now.</summary>
    public NodeStatus Current
    {
        get
        {
            var health = backbone.Health;
            var look = Look();
            return new NodeStatus
            {
                Name = options.NodeName,
                Started = _started,
                Sessions = look.Open,
                SocketsWaiting = look.Writing,
                LagTotal = look.Lag,
                LagMax = look.Worst,
                PublishersWaiting = publisher.Waiting,
                SendWaiting = sender.Waiting,
                SendUnconfirmed = sender.Unconfirmed,
                Refusing = sender.IsRefusing,
                Connected = health.IsConnected,
                Blocked = health.IsBlocked,
                Unacknowledged = health.Unacknowledged,
                UnacknowledgedBytes = health.UnacknowledgedBytes,
                QueueDepth = health.QueueDepth,
                Pulling = backbone.ConnectsNodes && heads.IsPulling,
                SlowdownMs = receiver.Slowdown.TotalMilliseconds,
                MemoryBytes = Environment.WorkingSet,
            };
        }
    }

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _started = time.GetUtcNow();
        metrics.Meter.CreateObservableGauge("realtime.sessions.waiting", () => Look().Writing, "{session}", "Push connections whose last write the network has yet to take.");
        metrics.Meter.CreateObservableGauge("realtime.sessions.lag", () => Look().Lag, "{message}", "Messages that sessions are behind, over all of them.");
        metrics.Meter.CreateObservableGauge("realtime.sessions.lag.max", () => Look().Worst, "{message}", "The most messages that one session is behind.");
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!backbone.ConnectsNodes)
            return;
        try
        {
            using var timer = new PeriodicTimer(options.StatusInterval, time);
            do
            {
                var body = new FrameWriter();
                body.WriteBytes(JsonSerializer.SerializeToUtf8Bytes(Current, JsonSerializerOptions.Web));
                sender.TrySend(FrameKind.Status, ShardInterest.NodeShard, body);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            sender.TrySend(FrameKind.Goodbye, ShardInterest.NodeShard, new FrameWriter());
        }
    }

    private SessionsLook Look()
    {
        var last = Volatile.Read(ref _look);
        if (last is not null && time.GetElapsedTime(last.At) < LookLifetime)
            return last;
        var (open, writing, lag, worst) = (0L, 0L, 0L, 0L);
        foreach (var session in sessions.All)
        {
            var behind = session.Lag;
            open++;
            writing += session.IsWriting ? 1 : 0;
            lag += behind;
            worst = Math.Max(worst, behind);
        }

        var look = new SessionsLook(time.GetTimestamp(), open, writing, lag, worst);
        Volatile.Write(ref _look, look);
        return look;
    }

    private sealed record SessionsLook(long At, long Open, long Writing, long Lag, long Worst);
}
