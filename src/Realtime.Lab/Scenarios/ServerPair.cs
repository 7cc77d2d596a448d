using Realtime.Lab.Meters;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>The server and the baseline side by side, so that rounds can alternate between them; the one that waits costs nothing.</summary>
internal sealed class ServerPair : IAsyncDisposable
{
    private readonly ServerProcess _server, _peer;
    private readonly ProcessMeter _serverMeter, _peerMeter;

    private ServerPair(ServerProcess server, ServerProcess peer)
    {
        (_server, _peer) = (server, peer);
        _serverMeter = new ProcessMeter(server.Target.ProcessId!.Value);
        _peerMeter = new ProcessMeter(peer.Target.ProcessId!.Value);
    }

    /// <summary>Starts both.</summary>
    public static async Task<ServerPair> StartAsync(LabHost host, string store, CancellationToken cancellationToken)
    {
        var server = await host.StartServerAsync(store, collectable: false, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ServerPair(server, await host.StartPeerAsync(collectable: false, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The server that a series is read from.</summary>
    public ServerTarget Target(string series) => series == TransportKind.PlainSignalR ? _peer.Target : _server.Target;

    /// <summary>Its meter.</summary>
    public ProcessMeter Meter(string series) => series == TransportKind.PlainSignalR ? _peerMeter : _serverMeter;

    public async ValueTask DisposeAsync()
    {
        _serverMeter.Dispose();
        _peerMeter.Dispose();
        await _server.DisposeAsync().ConfigureAwait(false);
        await _peer.DisposeAsync().ConfigureAwait(false);
    }
}
