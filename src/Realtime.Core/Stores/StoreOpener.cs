using Microsoft.Extensions.Hosting;

namespace Realtime.Stores;

/// <summary>Opens the message store before anything that needs it starts.</summary>
internal sealed class StoreOpener(IMessageStore store) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken) => await store.OpenAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
