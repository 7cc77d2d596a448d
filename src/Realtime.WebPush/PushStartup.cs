using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Realtime.WebPush.Encryption;

namespace Realtime.WebPush;

/// <summary>
/// Has the key before the first page asks for it. One that is kept in a store which can't be reached yet is loaded as soon as it can; a key file that can't
/// be used stops the start.
/// </summary>
internal sealed partial class PushStartup(VapidKeyring keyring, Task storeOpened, WebPushOptions options, TimeProvider time, ILogger<PushStartup> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!options.Enabled)
            return;
        if (storeOpened.IsCompleted)
            await TryLoadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storeOpened.WaitAsync(stoppingToken);
        while (!await TryLoadAsync(stoppingToken))
            await Task.Delay(RetryInterval, time, stoppingToken);
    }

    private async Task<bool> TryLoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keyring.LoadAsync(cancellationToken);
            return true;
        }
        catch (RealtimeException e) when (e.IsTransient)
        {
            LogKeyNotLoaded(logger, e);
            return false;
        }
    }

    [LoggerMessage(6200, LogLevel.Error, "The key of Web Push could not be loaded from the store and will be again.", EventName = "PushKeyNotLoaded")]
    private static partial void LogKeyNotLoaded(ILogger logger, Exception exception);
}
