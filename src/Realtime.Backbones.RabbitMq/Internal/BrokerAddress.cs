using System.Diagnostics.CodeAnalysis;
using RabbitMQ.Client;

namespace Realtime.Backbones.RabbitMq.Internal;

/// <summary>What a connection string says: the nodes of a cluster, and whom to be there.</summary>
internal sealed record BrokerAddress(IReadOnlyList<AmqpTcpEndpoint> Endpoints, string User, string Password, string VirtualHost)
{
    private const string Setting = "Realtime:Backbone:ConnectionString";

    /// <summary>For logs: without the password.</summary>
    public override string ToString() =>
        $"{string.Join(", ", Endpoints.Select(endpoint => $"{endpoint.HostName}:{endpoint.Port}"))}, virtual host '{VirtualHost}', user '{User}'";

    /// <returns>What is wrong, in one sentence that doesn't repeat the password; null where nothing is.</returns>
    internal static string? Parse(string connectionString, out BrokerAddress? address)
    {
        address = null;
        var parts = connectionString.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
            return $"{Setting} is empty: it has to be the address of a RabbitMQ broker, such as amqp://user:password@host:5672/vhost.";
        var endpoints = new List<AmqpTcpEndpoint>();
        foreach (var part in parts)
        {
            if (!TryParse(part, out var one))
                return $"{Setting} can't be read: each address in it has to be like amqp://user:password@host:5672/vhost, or amqps://… for TLS.";
            endpoints.AddRange(one.Endpoints);
            address ??= one;
            if ((one.User, one.Password, one.VirtualHost) != (address.User, address.Password, address.VirtualHost))
                return $"{Setting} names several addresses that differ in more than host and port: user, password and virtual host have to be the same in all.";
        }

        address = address! with { Endpoints = endpoints };
        return null;
    }

    private static bool TryParse(string text, [NotNullWhen(true)] out BrokerAddress? address)
    {
        address = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Segments.Length > 2 || uri.Query.Length > 0)
            return false;
        var isTls = uri.Scheme == "amqps";
        if (!isTls && uri.Scheme != "amqp")
            return false;
        // The certificate has to be valid and of this host: unlike the client's own reading of such an address, which takes one of another host.
        var endpoint = new AmqpTcpEndpoint(uri.Host, uri.Port, new SslOption(uri.Host, enabled: isTls));
        var user = uri.UserInfo.Split(':', 2);
        address = new BrokerAddress(
            [endpoint],
            user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : ConnectionFactory.DefaultUser,
            user.Length > 1 ? Uri.UnescapeDataString(user[1]) : ConnectionFactory.DefaultPass,
            uri.Segments.Length == 2 ? Uri.UnescapeDataString(uri.Segments[1]) : ConnectionFactory.DefaultVHost);
        return true;
    }
}
