using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Backbones;

namespace Realtime.Presence;

/// <summary>Runs the rounds of presence while the node runs.</summary>
public sealed partial class PresenceService : BackgroundService
{
    /// <summary>Changes within it are told together. A node that asks about a channel waits for about two of them.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    private readonly PresenceRegistry _registry;
    private readonly PresenceExchange _exchange;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Creates the service; rounds begin when it is started.</summary>
    public PresenceService(
        PresenceRegistry registry, FrameSender sender, FrameReceiver receiver, NodeDirectory nodes, TimeProvider time, ILogger<PresenceService> logger)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentNullException.ThrowIfNull(nodes);
        _registry = registry;
        _time = time;
        _logger = logger;
        _exchange = new PresenceExchange(registry, sender.Node, (shard, frame) => sender.TrySend(FrameKind.Presence, shard, frame));
        receiver.Handle(FrameKind.Presence, (header, body) => _exchange.Take(header.Sender, body));
        nodes.NodeLeft = registry.ForgetNode;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_registry.Options.Enabled)
            return;
        try
        {
            using var timer = new PeriodicTimer(Interval, _time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Run();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What the last sessions changed; the goodbye that follows takes back the rest.
            Run();
        }
    }

    private void Run()
    {
        try
        {
            _exchange.Run();
        }
        catch (Exception e)
        {
            // A fault in one channel must not end presence in all others.
            LogRoundFailed(_logger, e);
        }
    }

    [LoggerMessage(1500, LogLevel.Error, "A round of presence failed; the next one goes on.", EventName = "PresenceRoundFailed")]
    private static partial void LogRoundFailed(ILogger logger, Exception exception);
}
