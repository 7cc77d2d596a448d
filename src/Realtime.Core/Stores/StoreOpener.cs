using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Realtime.Stores;

/// <summary>
/// Opens the message store before anything that needs it starts. A store that can't be reached now is waited for in the background, while the server
/// says so to whoever asks; one that can never be opened stops the start.
/// </summary>
public sealed partial class StoreOpener(IMessageStore store, TimeProvider time, ILogger<StoreOpener> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _opening = Task.CompletedTask;

    /// <summary>Completes when the store is open.</summary>
    public Task Opened => _opened.Task;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken);
        }
        catch (RealtimeException e) when (e.IsTransient)
        {
            LogWaiting(logger, e.Message, e);
            _opening = KeepOpeningAsync(e.Message);
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _opening;
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    private async Task KeepOpeningAsync(string lastReason)
    {
        try
        {
            while (true)
            {
                await Task.Delay(RetryInterval, time, _stop.Token);
                try
                {
                    await OpenAsync(_stop.Token);
                    LogOpened(logger);
                    return;
                }
                catch (RealtimeException e)
                {
                    // The same reason is told once; a new one tells the operator that something has changed.
                    if (e.Message != lastReason)
                        LogWaiting(logger, e.Message, e);
                    lastReason = e.Message;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken);
        _opened.TrySetResult();
    }

    [LoggerMessage(
        1310, LogLevel.Error, "The message store can't be opened yet: {Reason} Publishes and reads are answered 503 until it can.", EventName = "StoreNotOpened")]
    private static partial void LogWaiting(ILogger logger, string reason, Exception exception);

    [LoggerMessage(1311, LogLevel.Information, "The message store is open now.", EventName = "StoreOpened")]
    private static partial void LogOpened(ILogger logger);
}
