using System.Net;
using System.Text;
using System.Text.Json;
using Realtime.Testing.Clients;

namespace Realtime.WebPush.Tests.Support;

/// <summary>The calls by which a page subscribes.</summary>
internal static class SubscriptionCalls
{
    private const string Path = "api/push/subscriptions";

    /// <summary>Registers a subscription, as JSON.</summary>
    internal static Task<HttpResponseMessage> PutSubscriptionAsync(this ServerClient client, string json, HttpMethod? method = null) =>
        client.SendAsync(method ?? HttpMethod.Put, Path, new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>Registers a browser, which must be taken.</summary>
    internal static async Task RegisterAsync(this ServerClient client, string endpoint, BrowserKeys keys)
    {
        using var response = await client.PutSubscriptionAsync(Json(endpoint, keys));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    /// <summary>Gives up a subscription.</summary>
    internal static async Task<HttpStatusCode> UnregisterAsync(this ServerClient client, string endpoint)
    {
        using var response = await client.PutSubscriptionAsync(JsonSerializer.Serialize(new { endpoint }), HttpMethod.Delete);
        return response.StatusCode;
    }

    /// <summary>What a browser's <c>PushSubscription</c> is as JSON.</summary>
    internal static string Json(string endpoint, BrowserKeys keys, double? expirationTime = null) =>
        JsonSerializer.Serialize(new { endpoint, expirationTime, keys = new { p256dh = keys.P256dh, auth = keys.Auth } });
}
