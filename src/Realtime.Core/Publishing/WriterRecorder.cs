using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Realtime.Stores;

namespace Realtime.Publishing;

/// <summary>Notes in which channels users have written, for their inboxes: once for each user and channel, behind the publishes.</summary>
/// <remarks>What there is no room for, or could not be noted, is noted at the user's next message there.</remarks>
/// <param name="time">The clock.</param>
/// <param name="consumers">Where it is noted; without one nothing is.</param>
public sealed class WriterRecorder(TimeProvider time, IConsumerStore? consumers = null) : BackgroundService, ICommitObserver
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
            foreach (var message in batch.Messages)
            {
                var writer = new ChannelWriter(message.User, batch.Channel);
                if (message.User.Length == 0 || _known.ContainsKey(writer) || !_waiting.Writer.TryWrite(writer))
                    continue;
                if (_known.Count >= MaxKnown)
                    _known.Clear();
                _known[writer] = 0;
            }
        }
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
            catch (RealtimeException exception) when (exception.IsTransient)
            {
                foreach (var writer in batch)
                    _known.TryRemove(writer, out _);
            }
        }
    }
}
