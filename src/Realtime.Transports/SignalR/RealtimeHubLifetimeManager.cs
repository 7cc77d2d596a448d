using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace Realtime.Transports.SignalR;

/// <summary>Hands the hub its own connection, which SignalR shows to lifetime managers alone.</summary>
internal sealed class RealtimeHubLifetimeManager(ILogger<DefaultHubLifetimeManager<RealtimeHub>> logger, TimeProvider time) : DefaultHubLifetimeManager<RealtimeHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        connection.Features.Set(new HubTransportConnection(connection, time));
        return base.OnConnectedAsync(connection);
    }
}
