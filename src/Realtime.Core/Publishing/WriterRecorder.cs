using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Stores;

namespace Realtime.Publishing;

/// <summary>Notes in which channels users have written, for their inboxes: once for each user and channel, behind the publishes.</summary>
/// <remarks>
/// What there is no room for, or could not be noted, is noted at the user's next message there. Channels of one user, <c>user:</c> and <c>timeline:</c>, are
/// not places where others converse: whoever sends notifications there has no use for them in an inbox.
/// </remarks>
/// <param name="time">The clock.</param>
/// <param name="logger">Told what could not be noted.</param>
/// <param name="consumers">Where it is noted; without one nothing is.</param>
public sealed partial class WriterRecorder(TimeProvider time, ILogger<WriterRecorder> logger, IConsumerStore? consumers = null) : BackgroundService, ILogObserver
{
    /// <summary>About 150 bytes each; one more, and all are learned anew.</summary>
    private const int MaxKnown = 200_000;

    private const int MaxWaiting = 10_000;
    private const int MaxBatch = 500;

    private readonly ConcurrentDictionary<ChannelWriter, byte> _known = [];
    private readonly Channel<ChannelWriter> _waiting = Channel.CreateBounded<ChannelWriter>(new BoundedChannelOptions(MaxWaiting)
    {
        SingleReader = true,
        SingleWriter = true,
        FullMode = BoundedChannelFullMode.Wait,
        AllowSynchronousContinuations = false,
    });

    /// <inheritdoc/>
    public void Committed(IReadOnlyList<ChannelBatch> commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        if (consumers is null)
            return;
        foreach (var batch in commit)
        {
            if (batch.Channel.Namespace is "user" or "timeline")
                continue;
            foreach (var message in batch.Messages)
            {
                if (message.User.Length > 0)
                    Note(new ChannelWriter(message.User, batch.Channel));
            }
        }
    }

    private void Note(ChannelWriter writer)
    {
        if (_known.ContainsKey(writer))
            return;
        if (_known.Count >= MaxKnown)
            _known.Clear();
        // Known before it waits, so that one that can't be noted is not known afterwards.
        _known[writer] = 0;
        if (!_waiting.Writer.TryWrite(writer))
            _known.TryRemove(writer, out _);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (consumers is null)
            return;
        var batch = new HashSet<ChannelWriter>();
        while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
        {
            batch.Clear();
            while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var writer))
                batch.Add(writer);
            try
            {
                await consumers.WroteAsync([.. batch], time.GetUtcNow(), stoppingToken);
            }
            catch (RealtimeException exception)
            {
                Log.NotNoted(logger, batch.Count, exception);
                foreach (var writer in batch)
                    _known.TryRemove(writer, out _);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            6000, LogLevel.Warning, "Who wrote where could not be noted for {Count} inboxes; it will be at their next messages.", EventName = "WritersNotNoted")]
        public static partial void NotNoted(ILogger logger, int count, Exception exception);
    }
}
