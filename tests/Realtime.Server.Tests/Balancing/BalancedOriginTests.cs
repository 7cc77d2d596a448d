using System.Net;
using Realtime.Testing.Clients;
using Realtime.Testing.Services;

namespace Realtime.Server.Tests.Balancing;

/// <summary>What is the server's own origin, seen through the balancer.</summary>
public class BalancedOriginTests
{
    [Fact]
    public async Task The_balancers_address_is_the_servers_own_origin_with_TLS_in_front_and_without()
    {
        // The framework's name of ASPNETCORE_FORWARDEDHEADERS_ENABLED.
        await using var node = TestServer.Start(("Realtime:Store:Kind", "memory"), ("ForwardedHeaders_Enabled", "true"));
        await using var balancer = await NginxProcess.StartNewAsync(node.Address.Port);
        using var client = await ServerClient.SignInAsync(balancer.Address);
        var plain = $"http://{balancer.Address.Authority}";
        var secure = $"https://{balancer.Address.Authority}";
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(client, plain, "http"));
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(client, secure, "https"));
        Assert.Equal(HttpStatusCode.Forbidden, await OpenAsync(client, secure, "http"));
        Assert.Equal(HttpStatusCode.Forbidden, await OpenAsync(client, plain, "https"));
        Assert.Equal(HttpStatusCode.Forbidden, await OpenAsync(client, node.Address.GetLeftPart(UriPartial.Authority), "http"));
    }

    private static async Task<HttpStatusCode> OpenAsync(ServerClient client, string origin, string scheme)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/stream?channels=a");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("X-Forwarded-Proto", scheme);
        using var response = await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
