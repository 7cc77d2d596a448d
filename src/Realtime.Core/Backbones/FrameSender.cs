using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Diagnostics;
using Realtime.Publishing;

namespace Realtime.Backbones;

/// <summary>
/// Sends frames to the other nodes, in order, with a window of unconfirmed ones and a bounded queue before it. Nobody's publish waits for the broker:
/// what can't be sent is given up, and the other nodes are told to pull it.
/// </summary>
public sealed partial class FrameSender : BackgroundService
{
    private readonly IBackbone _backbone;
    private readonly BackboneOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly FrameMetrics _metrics;
    private readonly Channel<OutgoingFrame> _waiting;
    private readonly SemaphoreSlim _window;
    private readonly long[] _sequences = new long[ShardInterest.Shards];
    private readonly CancellationTokenSource _stop = new();
    private long _refusedUntil;
    private int _gaveUp;

    /// <summary>Creates the sender; it sends once it is started.</summary>
    public FrameSender(IBackbone backbone, BackboneOptions options, RealtimeMetrics metrics, TimeProvider time, ILogger<FrameSender> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        _backbone = backbone;
        _options = options;
        _time = time;
        _logger = logger;
        _metrics = new FrameMetrics(metrics, this, backbone);
        _window = new SemaphoreSlim(options.Window, options.Window);
        _waiting = Channel.CreateBounded<OutgoingFrame>(new BoundedChannelOptions(options.MaxWaiting)
        {
            SingleReader = true,
            SingleWriter = false,
            FullMode = BoundedChannelFullMode.Wait,
            AllowSynchronousContinuations = false,
        });
        _refusedUntil = time.GetTimestamp();
    }

    /// <summary>The number by which the frames of this process are known.</summary>
    internal Guid Node { get; } = Guid.NewGuid();

    /// <summary>Whether there is anybody to send to.</summary>
    internal bool IsActive => _backbone.ConnectsNodes;

    /// <summary>Whether a broker that refuses frames asks publishers to hold back just now.</summary>
    internal bool IsRefusing => _time.GetTimestamp() < Volatile.Read(ref _refusedUntil);

    /// <summary>Frames that wait for their turn.</summary>
    internal int Waiting => _waiting.Reader.Count;

    /// <summary>Frames that the broker has yet to confirm.</summary>
    internal int Unconfirmed => _options.Window - _window.CurrentCount;

    internal FrameMetrics Metrics => _metrics;

    /// <summary>Hands a commit on. Waits a moment where the broker takes nothing, so that publishers feel it, and then gives the frames up.</summary>
    internal async ValueTask SendAsync(IReadOnlyCollection<ChannelBatch> commit)
    {
        if (!IsActive || commit.Count == 0)
            return;
        foreach (var frame in Encode(commit))
        {
            if (!_waiting.Writer.TryWrite(frame) && !await WaitForRoomAsync(frame))
                GiveUp();
        }
    }

    /// <summary>Hands something on that may be lost; given up at once where there is no room.</summary>
    internal void TrySend(FrameKind kind, int shard, FrameWriter body)
    {
        if (IsActive && !_waiting.Writer.TryWrite(new OutgoingFrame(kind, shard, body.Finish())))
            _metrics.Sent("dropped");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var frame in _waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            await _window.WaitAsync(CancellationToken.None);
            _ = SendAsync(frame);
        }
    }

    /// <summary>Lets what waits go out, for a moment, and stops.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        _stop.CancelAfter(TimeSpan.FromSeconds(2));
        await base.StopAsync(cancellationToken);
        for (var i = 0; i < _options.Window; i++)
            await _window.WaitAsync(cancellationToken);
        // A host may stop its services more than once.
        _window.Release(_options.Window);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _stop.Dispose();
        _window.Dispose();
    }

    private async ValueTask<bool> WaitForRoomAsync(OutgoingFrame frame)
    {
        using var timeout = new CancellationTokenSource(_options.PressureTimeout, _time);
        try
        {
            await _waiting.Writer.WriteAsync(frame, timeout.Token);
            return true;
        }
        catch (Exception e) when (e is OperationCanceledException or ChannelClosedException)
        {
            return false;
        }
    }

    private async Task SendAsync(OutgoingFrame frame)
    {
        try
        {
            new FrameHeader(frame.Kind, frame.Shard, Node, ++_sequences[frame.Shard]).Seal(frame.Bytes.Span);
            var outcome = await _backbone.SendAsync(frame.Shard, frame.Bytes, _stop.Token);
            _metrics.Sent(outcome switch { BackboneSend.Sent => "sent", BackboneSend.Refused => "refused", _ => "lost" });
            if (outcome == BackboneSend.Sent)
                TellMissed();
            if (outcome == BackboneSend.Refused)
                Volatile.Write(ref _refusedUntil, _time.GetTimestamp() + (long)(_options.RefusalPause.TotalSeconds * _time.TimestampFrequency));
            if (outcome != BackboneSend.Sent && frame.Kind is FrameKind.Messages or FrameKind.Missed)
                Volatile.Write(ref _gaveUp, 1);
        }
        catch (Exception e)
        {
            // A backbone doesn't throw; should one do so all the same, the next frame is still sent.
            _metrics.Sent("lost");
            Volatile.Write(ref _gaveUp, 1);
            if (e is not OperationCanceledException)
                LogSendFailed(_logger, e);
        }
        finally
        {
            _window.Release();
        }
    }

    /// <summary>Lets the other nodes pull what was given up, now that frames get through again.</summary>
    private void TellMissed()
    {
        if (Interlocked.Exchange(ref _gaveUp, 0) != 0
            && !_waiting.Writer.TryWrite(new OutgoingFrame(FrameKind.Missed, ShardInterest.NodeShard, new FrameWriter().Finish())))
            Volatile.Write(ref _gaveUp, 1);
    }

    private void GiveUp()
    {
        _metrics.Sent("dropped");
        Volatile.Write(ref _gaveUp, 1);
    }

    private static IEnumerable<OutgoingFrame> Encode(IReadOnlyCollection<ChannelBatch> commit)
    {
        foreach (var shard in commit.GroupBy(batch => ShardInterest.ShardOf(batch.Channel)))
        {
            FrameWriter? frame = null;
            foreach (var batch in shard)
            {
                for (var from = 0; from < batch.Messages.Count;)
                {
                    frame ??= new FrameWriter();
                    from = MessageFrame.Write(frame, batch, from);
                    if (frame.BodyLength < MessageFrame.MaxBodyBytes)
                        continue;
                    yield return new OutgoingFrame(FrameKind.Messages, shard.Key, frame.Finish());
                    frame = null;
                }
            }

            if (frame is not null)
                yield return new OutgoingFrame(FrameKind.Messages, shard.Key, frame.Finish());
        }
    }

    [LoggerMessage(1400, LogLevel.Error, "The backbone failed to send a frame.", EventName = "FrameSendFailed")]
    private static partial void LogSendFailed(ILogger logger, Exception exception);

    private readonly record struct OutgoingFrame(FrameKind Kind, int Shard, Memory<byte> Bytes);
}
