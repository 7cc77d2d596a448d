using System.Net;
using System.Net.Sockets;
using Realtime.WebPush.Subscriptions;

namespace Realtime.WebPush.Sending;

/// <summary>Opens connections to allowed addresses alone, whatever a name leads to at that moment.</summary>
internal static class GuardedConnections
{
    /// <summary>A handler for pushes. It follows no redirect and uses no proxy: both would lead past the check.</summary>
    internal static SocketsHttpHandler CreateHandler(EndpointRules rules, WebPushOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        MaxConnectionsPerServer = options.MaxParallel,
        ConnectTimeout = options.SendTimeout,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context.DnsEndPoint, rules, cancellationToken),
    };

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint target, EndpointRules rules, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellationToken);
        var allowed = Array.FindAll(addresses, rules.Allows);
        if (allowed.Length == 0)
            throw new ForbiddenAddressException(target.Host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // The addresses that were checked, not the name: it could lead elsewhere when it is asked again.
            await socket.ConnectAsync(allowed, target.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A name leads to no address that pushes may go to.</summary>
internal sealed class ForbiddenAddressException(string host) : IOException($"{host} leads to no allowed address.");
