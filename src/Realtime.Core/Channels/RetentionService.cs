using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.Publishing;
using Realtime.Stores;

namespace Realtime.Channels;

/// <summary>Trims channels by age, and gives the space of trimmed messages back.</summary>
internal sealed partial class RetentionService(
    IMessageStore store, ChannelLogs logs, IEnumerable<ILogObserver> observers, TimeProvider time, ILogger<RetentionService> logger) : BackgroundService
{
    /// <summary>The protocol promises that trimming happens within 10 s.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    private readonly ILogObserver[] _observers = [.. observers];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TrimAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task TrimAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var trimmed in await store.TrimAsync(time.GetUtcNow(), cancellationToken))
            {
                if (logs.TryGet(trimmed.Channel, out var log))
                    log.Observe(trimmed.State);
                foreach (var observer in _observers)
                    observer.Trimmed(trimmed);
            }
        }
        catch (RealtimeException e)
        {
            LogTrimFailed(logger, e);
        }
    }

    [LoggerMessage(1300, LogLevel.Error, "Trimming failed and will be tried again.", EventName = "TrimFailed")]
    private static partial void LogTrimFailed(ILogger logger, Exception exception);
}
