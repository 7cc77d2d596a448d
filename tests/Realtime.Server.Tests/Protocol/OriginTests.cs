using System.Net;
using Realtime.Testing.Conformance;

namespace Realtime.Server.Tests.Protocol;

public sealed class OriginTests(SharedServer server) : ProtocolTest(server)
{
    public static TheoryData<string> Addresses => ["api/ws?channels=a", "api/stream?channels=a", "hub"];

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_page_of_another_origin_is_refused(string address)
    {
        foreach (var origin in new[] { "https://evil.example", "null", $"http://localhost.evil.example:{Server.Address.Port}", TransportConformance.AllowedOrigin + ".evil.example" })
            await RefusedAsync(await OpenAsync(address, origin), 403, "forbidden");
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_page_of_the_server_or_of_an_allowed_origin_is_served(string address)
    {
        foreach (var origin in new[] { Server.Address.GetLeftPart(UriPartial.Authority), TransportConformance.AllowedOrigin, null })
        {
            using var response = await OpenAsync(address, origin);
            Assert.Contains(response.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.SwitchingProtocols });
        }
    }

    [Fact]
    public async Task An_allowed_origin_gets_CORS_and_another_does_not()
    {
        using var allowed = await Alice.GetAsync($"api/poll?channels={Channel}", $"Origin: {TransportConformance.AllowedOrigin}");
        Assert.Equal(TransportConformance.AllowedOrigin, allowed.Headers.GetValues("Access-Control-Allow-Origin").Single());
        using var other = await Alice.GetAsync($"api/poll?channels={Channel}", "Origin: https://evil.example");
        Assert.False(other.Headers.Contains("Access-Control-Allow-Origin"));
        using var preflight = await Alice.SendAsync(HttpMethod.Options, Messages, null,
        [
            $"Origin: {TransportConformance.AllowedOrigin}", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization,content-type,idempotency-key",
        ]);
        Assert.Equal(TransportConformance.AllowedOrigin, preflight.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    private async Task<HttpResponseMessage> OpenAsync(string address, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (origin is not null)
            request.Headers.TryAddWithoutValidation("Origin", origin);
        if (!address.Contains("stream", StringComparison.Ordinal))
        {
            request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==");
        }

        return await Alice.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
