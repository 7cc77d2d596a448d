using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Diagnostics;
using Realtime.Stores;

namespace Realtime.Publishing;

/// <summary>
/// Takes messages in, bounded, commits whatever came while the last commit ran as one batch, and answers when it is durable. Under load batches grow
/// and the cost of a commit is shared by more messages.
/// </summary>
public sealed partial class Publisher : BackgroundService
{
    /// <summary>How often a commit lets other work go first: some microseconds each.</summary>
    private const int MaxTurns = 8;

    private readonly Channel<PendingPublish> _intake;
    private readonly IMessageStore _store;
    private readonly ChannelLogs _logs;
    private readonly FrameSender _sender;
    private readonly ILogObserver[] _observers;
    private readonly PublisherOptions _options;
    private readonly RealtimeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private long _waitingBytes;
    private DateTimeOffset _lastTime;
    private bool _failing;

    /// <summary>Creates the publisher; it commits once it is started.</summary>
    public Publisher(
        IMessageStore store,
        ChannelLogs logs,
        FrameSender sender,
        IEnumerable<ILogObserver> observers,
        PublisherOptions options,
        RealtimeMetrics metrics,
        TimeProvider time,
        ILogger<Publisher> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        _store = store;
        _logs = logs;
        _sender = sender;
        _observers = [.. observers];
        _options = options;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _intake = Channel.CreateBounded<PendingPublish>(new BoundedChannelOptions(options.MaxIntake)
        {
            SingleReader = true,
            SingleWriter = false,
            FullMode = BoundedChannelFullMode.Wait,
            AllowSynchronousContinuations = false,
        });
        metrics.Meter.CreateObservableGauge("realtime.publisher.intake", () => Waiting, "{message}", "Messages that wait to be committed.");
    }

    /// <summary>Messages that wait to be committed.</summary>
    internal int Waiting => _intake.Reader.Count;

    /// <summary>Publishes a message. Calls that follow one another are committed in that order.</summary>
    /// <param name="request">The message.</param>
    /// <returns>Completes when the message is durable, or at once when it can't be taken. It can't be cancelled: a message that was taken stays taken.</returns>
    public ValueTask<PublishResult> PublishAsync(PublishRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var pending = new PendingPublish(request);
        // Where the broker refuses frames for a node that can't keep up, publishers are told so before anything is stored.
        if (Interlocked.Add(ref _waitingBytes, request.Data.Length) > _options.MaxIntakeBytes || _sender.IsRefusing || !_intake.Writer.TryWrite(pending))
        {
            Interlocked.Add(ref _waitingBytes, -request.Data.Length);
            _metrics.Refused();
            return new ValueTask<PublishResult>(new PublishResult(PublishOutcome.Overloaded, null, default));
        }

        return new ValueTask<PublishResult>(pending.Completion.Task);
    }

    /// <summary>Signals whoever reads the channel now. Nothing is stored.</summary>
    public void Signal(PublishRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var draft = ToDraft(request, MessageTime.Truncate(_time.GetUtcNow()));
        if (_logs.TryGet(request.Channel, out var log))
            log.Append(new Signal(draft));
        if (!_sender.IsActive)
            return;
        var frame = new FrameWriter();
        MessageFrame.WriteSignal(frame, draft);
        _sender.TrySend(FrameKind.Signal, ShardInterest.ShardOf(request.Channel), frame);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<PendingPublish>();
        var lastCount = 0;
        // Ends when the intake is completed, not when the server begins to stop: what was taken is committed and answered.
        while (await _intake.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            Take(batch);
            // Those who were answered by the last commit are about to publish again: letting what is ready run first makes fewer and larger
            // commits. Whoever publishes alone never waits here.
            for (var turn = 0; turn < MaxTurns && batch.Count < lastCount; turn++)
            {
                await Task.Yield();
                Take(batch);
            }

            lastCount = batch.Count;
            await CommitAsync(batch);
        }
    }

    /// <inheritdoc/>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _intake.Writer.TryComplete();
        return base.StopAsync(cancellationToken);
    }

    private void Take(List<PendingPublish> batch)
    {
        while (batch.Count < _options.MaxBatch && _intake.Reader.TryRead(out var pending))
            batch.Add(pending);
    }

    private async Task CommitAsync(List<PendingPublish> batch)
    {
        // Never earlier than the last: a clock that is set back must not break the order by time.
        var now = MessageTime.Truncate(_time.GetUtcNow());
        _lastTime = now > _lastTime ? now : _lastTime;
        var drafts = new MessageDraft[batch.Count];
        for (var i = 0; i < drafts.Length; i++)
            drafts[i] = ToDraft(batch[i].Request, _lastTime);

        var started = _time.GetTimestamp();
        IReadOnlyList<AppendOutcome> outcomes;
        try
        {
            outcomes = await _store.AppendAsync(drafts, CancellationToken.None);
        }
        catch (Exception e)
        {
            // The publisher must outlive any failure of a commit; those who wait are told to publish again.
            // Told once for each outage: while it lasts, publishers try again all the time.
            if (!_failing)
                LogCommitFailed(_logger, batch.Count, e);
            _failing = true;
            _metrics.Published("failed", batch.Count);
            Answer(batch, _ => new PublishResult(PublishOutcome.Overloaded, null, default));
            return;
        }

        if (_failing)
            LogCommitsAgain(_logger);
        _failing = false;
        _metrics.Committed(_time.GetElapsedTime(started), batch.Count);
        var commit = ApplyToLogs(outcomes);
        foreach (var observer in _observers)
            observer.Committed(commit);
        Answer(batch, index => ResultOf(drafts[index], outcomes[index]));
        await _sender.SendAsync(commit);
    }

    /// <summary>Lets this node's readers have what was committed.</summary>
    /// <returns>The new messages by channel, for the other nodes.</returns>
    private List<ChannelBatch> ApplyToLogs(IReadOnlyList<AppendOutcome> outcomes)
    {
        var commit = new List<ChannelBatch>();
        var byChannel = new Dictionary<ChannelName, List<Message>>();
        foreach (var outcome in outcomes)
        {
            if (outcome.IsDuplicate)
                continue;
            if (!byChannel.TryGetValue(outcome.Message.Channel, out var messages))
                byChannel.Add(outcome.Message.Channel, messages = []);
            messages.Add(outcome.Message);
        }

        foreach (var outcome in outcomes)
        {
            var isNew = byChannel.Remove(outcome.Message.Channel, out var messages);
            if (isNew)
                commit.Add(new ChannelBatch(outcome.Message.Channel, outcome.State, messages!));
            if (!isNew && !outcome.IsDuplicate || !_logs.TryGet(outcome.Message.Channel, out var log))
                continue;
            if (isNew)
                log.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(messages), outcome.State);
            else
                // A commit that failed after it was made told nobody; its publisher tries again, and this is when readers hear of it.
                log.Observe(outcome.State);
        }

        return commit;
    }

    private void Answer(List<PendingPublish> batch, Func<int, PublishResult> result)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Interlocked.Add(ref _waitingBytes, -batch[i].Request.Data.Length);
            batch[i].Completion.SetResult(result(i));
        }
    }

    private PublishResult ResultOf(MessageDraft draft, AppendOutcome outcome)
    {
        var published = outcome.IsDuplicate
            ? IsSame(draft, outcome.Message) ? PublishOutcome.Duplicate : PublishOutcome.Conflict
            : PublishOutcome.Created;
        _metrics.Published(published switch { PublishOutcome.Created => "created", PublishOutcome.Duplicate => "duplicate", _ => "conflict" }, 1);
        return new PublishResult(published, outcome.Message, outcome.State.Epoch);
    }

    private static bool IsSame(MessageDraft draft, Message message)
    {
        if (draft.Type != message.Type || draft.User != message.User)
            return false;
        if (draft.Data.Span.SequenceEqual(message.Data.Span))
            return true;
        try
        {
            using var left = JsonDocument.Parse(draft.Data);
            using var right = JsonDocument.Parse(message.Data);
            return JsonElement.DeepEquals(left.RootElement, right.RootElement);
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            // Numbers whose exponents are too large to compare: not the same bytes, and nobody can say that they are the same value.
            return false;
        }
    }

    // Ids that the server makes are ordered by time, so that an index over them grows at its end.
    private static MessageDraft ToDraft(PublishRequest request, DateTimeOffset time) =>
        new(request.Channel, request.Id ?? Guid.CreateVersion7(time).ToString("N"), request.Type, request.User, time, request.Data);

    [LoggerMessage(1100, LogLevel.Error, "A batch of {Count} messages could not be committed; their publishers were told to try again.", EventName = "CommitFailed")]
    private static partial void LogCommitFailed(ILogger logger, int count, Exception exception);

    [LoggerMessage(1101, LogLevel.Information, "Messages are committed again.", EventName = "CommitsAgain")]
    private static partial void LogCommitsAgain(ILogger logger);

    private sealed class PendingPublish(PublishRequest request)
    {
        internal PublishRequest Request { get; } = request;

        internal TaskCompletionSource<PublishResult> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
