using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Realtime.Publishing;
using Realtime.Sessions;

namespace Realtime.Backbones;

/// <summary>Knows how this node is, and tells the others at an interval.</summary>
public sealed class NodeReporter(
    IBackbone backbone, FrameSender sender, FrameReceiver receiver, HeadWatcher heads, SessionRegistry sessions, Publisher publisher, BackboneOptions options, TimeProvider time)
    : BackgroundService
{
    private DateTimeOffset _started;

    /// <summary>How this node is now.</summary>
    public NodeStatus Current
    {
        get
        {
            var health = backbone.Health;
            var (open, writing, lag, worst) = (0L, 0L, 0L, 0L);
            foreach (var session in sessions.All)
            {
                var behind = session.Lag;
                open++;
                writing += session.IsWriting ? 1 : 0;
                lag += behind;
                worst = Math.Max(worst, behind);
            }

            return new NodeStatus
            {
                Name = options.NodeName,
                Started = _started,
                Sessions = open,
                SocketsWaiting = writing,
                LagTotal = lag,
                LagMax = worst,
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
}
