using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Backbones;
using Realtime.Channels;

namespace Realtime.Presence;

/// <summary>Runs the rounds of presence, and takes what the other nodes say.</summary>
public sealed partial class PresenceService : BackgroundService
{
    /// <summary>Changes within it are told together. A node that asks about a channel waits for two of them at most.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(150);

    /// <summary>Channels asked about of which this node holds nothing, and has not said so yet; more are asked about again.</summary>
    private const int MaxEmptyAnswers = 10_000;

    private readonly PresenceRegistry _registry;
    private readonly FrameSender _sender;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PresenceOutbox? _outbox;
    private readonly PresenceRound _round;
    private readonly ConcurrentDictionary<ChannelName, byte> _emptyAnswers = new();

    /// <summary>Creates the service; rounds begin when it is started.</summary>
    public PresenceService(
        PresenceRegistry registry, FrameSender sender, FrameReceiver receiver, NodeDirectory nodes, TimeProvider time, ILogger<PresenceService> logger)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(receiver);
        ArgumentNullException.ThrowIfNull(nodes);
        _registry = registry;
        _sender = sender;
        _time = time;
        _logger = logger;
        _outbox = registry.ConnectsNodes ? new PresenceOutbox(sender) : null;
        _round = new PresenceRound(_outbox);
        receiver.Handle(FrameKind.Presence, Take);
        nodes.NodeLeft = registry.ForgetNode;
    }

    /// <summary>Does what is due now.</summary>
    internal void Run()
    {
        foreach (var (channel, _) in _emptyAnswers)
        {
            _emptyAnswers.TryRemove(channel, out _);
            PresenceFrame.WriteSnapshot(_outbox!.For(channel), channel, _registry.LastVersion, 0, isLast: true, []);
        }

        _registry.Run(_round);
        _outbox?.Flush();
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
                RunSafely();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What the last sessions changed; the goodbye that follows takes back the rest.
            RunSafely();
        }
    }

    private void RunSafely()
    {
        try
        {
            Run();
        }
        catch (Exception e)
        {
            // A fault in one channel must not end presence in all others.
            LogRoundFailed(_logger, e);
        }
    }

    private void Take(FrameHeader header, FrameReader body)
    {
        while (!body.IsAtEnd)
        {
            var head = PresenceFrame.Read(ref body);
            if (head.Part == PresencePart.Request && head.Target != Guid.Empty && head.Target != _sender.Node)
                continue;
            if (!_registry.TryTake(header.Sender, head) && head.Part == PresencePart.Request && _emptyAnswers.Count < MaxEmptyAnswers)
                _emptyAnswers.TryAdd(head.Channel, 0);
        }
    }

    [LoggerMessage(1500, LogLevel.Error, "A round of presence failed; the next one goes on.", EventName = "PresenceRoundFailed")]
    private static partial void LogRoundFailed(ILogger logger, Exception exception);
}
