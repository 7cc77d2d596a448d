using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Realtime.Channels;

namespace Realtime.Backbones;

/// <summary>Takes the frames of other nodes into this one's channel logs.</summary>
public sealed partial class FrameReceiver : IBackboneReceiver
{
    /// <summary>Processes that are remembered by the numbers of their frames; one more, and all are learned anew.</summary>
    private const int MaxSenders = 1_000;

    private readonly ChannelLogs _logs;
    private readonly FrameSender _sender;
    private readonly HeadWatcher _heads;
    private readonly NodeDirectory _nodes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Dictionary<Guid, long[]> _sequences = [];
    private readonly ConcurrentDictionary<FrameKind, Action<FrameHeader, FrameReader>> _takers = new();
    private long _loggedForeign;

    /// <summary>Creates the receiver.</summary>
    public FrameReceiver(
        ChannelLogs logs, FrameSender sender, HeadWatcher heads, NodeDirectory nodes, BackboneOptions options, TimeProvider time, ILogger<FrameReceiver> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        Slowdown = options.Slowdown;
        ArgumentNullException.ThrowIfNull(time);
        _logs = logs;
        _sender = sender;
        _heads = heads;
        _nodes = nodes;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc cref="BackboneOptions.Slowdown"/>
    public TimeSpan Slowdown { get; set; }

    /// <inheritdoc/>
    public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        if (!FrameHeader.TryOpen(frame, out var header, out var body))
        {
            Ignore(frame.Length, "it is not of this product and version, or damaged", null);
            return;
        }

        if (header.Sender == _sender.Node)
            return;
        if (Slowdown > TimeSpan.Zero)
            await Task.Delay(Slowdown, _time, cancellationToken);
        try
        {
            NoticeMissing(header);
            Take(header, new FrameReader(body));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            Ignore(frame.Length, e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void MayHaveMissed() => _heads.CompareSoon();

    /// <summary>Lets another part of the node take the frames of a kind.</summary>
    internal void Handle(FrameKind kind, Action<FrameHeader, FrameReader> take) => _takers[kind] = take;

    private void Take(FrameHeader header, FrameReader body)
    {
        switch (header.Kind)
        {
            case FrameKind.Messages:
                _sender.Metrics.Received("messages");
                TakeMessages(body);
                break;
            case FrameKind.Signal:
                _sender.Metrics.Received("signal");
                var signal = MessageFrame.ReadSignal(ref body);
                if (_logs.TryGet(signal.Channel, out var log))
                    log.Append(new Signal(signal));
                break;
            case FrameKind.Status:
                _sender.Metrics.Received("status");
                _nodes.Heard(header.Sender, body);
                break;
            case FrameKind.Missed:
                _sender.Metrics.Received("missed");
                _heads.CompareSoon();
                break;
            case FrameKind.Goodbye:
                _sender.Metrics.Received("goodbye");
                _nodes.Left(header.Sender);
                break;
            case FrameKind.Presence:
                _sender.Metrics.Received("presence");
                Hand(header, body);
                break;
            default:
                // Kinds that a later version adds are for its own nodes.
                _sender.Metrics.Received("other");
                Hand(header, body);
                break;
        }
    }

    private void Hand(FrameHeader header, FrameReader body)
    {
        if (_takers.TryGetValue(header.Kind, out var take))
            take(header, body);
    }

    private void TakeMessages(FrameReader body)
    {
        while (!body.IsAtEnd)
        {
            var (channel, state, first) = MessageFrame.Read(ref body, out var block);
            if (!_logs.TryGet(channel, out var log))
                continue;
            var messages = MessageFrame.ReadBlock(channel, first, block);
            if (messages.Length == 0)
                continue;
            _sender.Metrics.Delayed(_time.GetUtcNow() - messages[^1].Time);
            // A frame of another life of the log is older or newer than what this node knows; the store can tell.
            if (!log.TryAppendRemote(messages, state))
                _heads.CompareSoon();
        }
    }

    private void NoticeMissing(FrameHeader header)
    {
        if (!_sequences.TryGetValue(header.Sender, out var sequences))
        {
            // What came before the first frame was compared when the shard was bound.
            if (_sequences.Count >= MaxSenders)
                _sequences.Clear();
            _sequences.Add(header.Sender, sequences = new long[ShardInterest.Shards]);
        }

        ref var last = ref sequences[header.Shard];
        if (last > 0 && header.Sequence > last + 1)
        {
            _sender.Metrics.Missed(header.Sequence - last - 1);
            _heads.CompareSoon();
        }

        last = Math.Max(last, header.Sequence);
    }

    private void Ignore(int length, string reason, Exception? exception)
    {
        _sender.Metrics.Received("foreign");
        // One line a minute: whoever sends one sends many.
        var now = _time.GetTimestamp();
        if (_loggedForeign != 0 && _time.GetElapsedTime(_loggedForeign, now) < TimeSpan.FromMinutes(1))
            return;
        _loggedForeign = now;
        LogIgnored(_logger, length, reason, exception);
    }

    [LoggerMessage(1410, LogLevel.Warning, "Ignored a frame of {Length} bytes from the backbone: {Reason}.", EventName = "FrameIgnored")]
    private static partial void LogIgnored(ILogger logger, int length, string reason, Exception? exception);
}
