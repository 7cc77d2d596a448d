using Microsoft.AspNetCore.SignalR;

namespace Realtime.Bench.Peer;

/// <summary>The hub that most chat tutorials end with.</summary>
internal sealed class PeerHub : Hub
{
    /// <summary>Joins the groups of the given channels.</summary>
    public async Task Subscribe(string[] channels)
    {
        foreach (var channel in channels)
            await Groups.AddToGroupAsync(Context.ConnectionId, channel);
    }
}
