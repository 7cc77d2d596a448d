using System.Net;
using System.Net.Sockets;

namespace Realtime.WebPush.Subscriptions;

/// <summary>To which addresses pushes may go. Whoever subscribes names an endpoint, and must not thereby make this server call what only it can reach.</summary>
internal sealed class EndpointRules(WebPushOptions options)
{
    /// <summary>Translates addresses of IPv4 for networks that have only IPv6: what counts is the address within.</summary>
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            // Tunnels that hide an address of IPv4, and what is set aside for documents.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork PublicVersion6 = IPNetwork.Parse("2000::/3");

    /// <summary>Whether an endpoint is written as one may be. What its name leads to is judged by <see cref="Allows(IPAddress)"/>.</summary>
    internal bool Allows(Uri endpoint)
    {
        if (!string.IsNullOrEmpty(endpoint.UserInfo) || !string.IsNullOrEmpty(endpoint.Fragment))
            return false;
        if (endpoint.Scheme != Uri.UriSchemeHttps && !(options.AllowLoopback && endpoint.IsLoopback && endpoint.Scheme == Uri.UriSchemeHttp))
            return false;
        return !IPAddress.TryParse(endpoint.IdnHost, out var address) || Allows(address);
    }

    /// <summary>Whether a connection to the address may be opened.</summary>
    internal bool Allows(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        else if (address.AddressFamily == AddressFamily.InterNetworkV6 && Nat64.Contains(address))
            address = new IPAddress(address.GetAddressBytes().AsSpan(12));
        if (IPAddress.IsLoopback(address))
            return options.AllowLoopback;
        return options.AllowPrivateAddresses || IsPublic(address);
    }

    private static bool IsPublic(IPAddress address) =>
        (address.AddressFamily == AddressFamily.InterNetwork || PublicVersion6.Contains(address))
        && !Array.Exists(NotPublic, network => network.Contains(address));
}
