using Microsoft.Extensions.Hosting;
using Realtime.Delivery;
using Realtime.Sessions;

namespace Realtime.Transports;

/// <summary>When the server begins to stop, sends every client away with advice on when to come back, so that no open connection holds the stop up.</summary>
internal sealed class DrainService(IHostApplicationLifetime lifetime, SessionRegistry sessions, PollReader polls) : IHostedService, IDisposable
{
    private CancellationTokenRegistration _stopping;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            polls.Drain();
            sessions.Drain();
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();
}
