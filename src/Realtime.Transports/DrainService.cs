using Microsoft.Extensions.Hosting;
using Realtime.Delivery;
using Realtime.Sessions;

namespace Realtime.Transports;

/// <summary>When the server begins to stop, sends every client away with advice on when to come back, so that no open connection holds the stop up.</summary>
internal sealed class DrainService(IHostApplicationLifetime lifetime, SessionRegistry sessions, PollReader polls, TimeProvider time) : IHostedService, IDisposable
{
    /// <summary>Clients answer a close at once; those that don't are cut within this time anyhow.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(20);

    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            polls.Drain();
            // Held until they have left: the framework cuts what is still open right after this, and with it what is on its way.
            DrainAsync().GetAwaiter().GetResult();
        });
        return Task.CompletedTask;
    }

    private async Task DrainAsync()
    {
        await sessions.DrainAsync();
        var started = time.GetTimestamp();
        while (sessions.All.Any() && time.GetElapsedTime(started) < Patience)
            await Task.Delay(CheckInterval, time);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();
}
