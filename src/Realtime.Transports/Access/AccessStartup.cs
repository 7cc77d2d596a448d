using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Realtime.Transports.Access;

/// <summary>
/// Makes or loads the server's keys before the first request, so that a key file which can't be used stops the start. Keys that are kept in a store
/// which can't be reached yet are loaded as soon as it can.
/// </summary>
internal sealed partial class AccessStartup(SigningKeys keys, DemoTokens demo, Task storeOpened, TimeProvider time, ILogger<AccessStartup> logger)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private Task _loading = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (demo.IsEnabled) Log.DemoMode(logger);
        _loading = LoadAsync();
        // Where the store is open, so are the keys before anybody asks for one.
        if (storeOpened.IsCompleted) await _loading.WaitAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _loading;
    }

    public void Dispose() => _stop.Dispose();

    private async Task LoadAsync()
    {
        try
        {
            await storeOpened.WaitAsync(_stop.Token);
            while (!await TryLoadAsync())
                await Task.Delay(RetryInterval, time, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task<bool> TryLoadAsync()
    {
        try
        {
            await keys.LoadAsync(_stop.Token);
            return true;
        }
        catch (RealtimeException e) when (e.IsTransient)
        {
            Log.KeyNotLoaded(logger, e);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4102, LogLevel.Warning, "Demo mode: POST /api/demo/token gives a token to anyone who asks", EventName = "DemoMode")]
        public static partial void DemoMode(ILogger logger);

        [LoggerMessage(4103, LogLevel.Error, "The signing key could not be loaded from the store and will be again.", EventName = "KeyNotLoaded")]
        public static partial void KeyNotLoaded(ILogger logger, Exception exception);
    }
}
