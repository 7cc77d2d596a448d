using Microsoft.Extensions.Hosting;

namespace Realtime.Backbones;

/// <summary>Connects the node to the others before it serves anybody.</summary>
internal sealed class BackboneStarter(IBackbone backbone, FrameReceiver receiver, ShardInterest interest) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken) => await backbone.StartAsync(receiver, interest, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
