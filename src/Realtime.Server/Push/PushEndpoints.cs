using System.Text.Json;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;
using Realtime.WebPush.Subscriptions;

namespace Realtime.Server.Push;

/// <summary>Where browsers subscribe to notifications: <c>/api/push/key</c> and <c>/api/push/subscriptions</c>.</summary>
internal static class PushEndpoints
{
    private const int MaxBodyBytes = 8 * 1024;

    // The last millisecond that a DateTimeOffset can hold.
    private const long LastTime = 253_402_300_799_999;

    internal static void MapPush(this WebApplication app)
    {
        app.MapApi("/api/push/key", HttpMethods.Get, ReadKeyAsync);
        app.MapApi(
            "/api/push/subscriptions", (HttpMethods.Put, SubscribeAsync), (HttpMethods.Post, SubscribeAsync), (HttpMethods.Delete, UnsubscribeAsync));
    }

    private static async Task ReadKeyAsync(HttpContext context)
    {
        var (_, registrations) = await OpenAsync(context);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(new { publicKey = registrations.PublicKey }, context.RequestAborted);
    }

    private static async Task SubscribeAsync(HttpContext context)
    {
        var (caller, registrations) = await OpenAsync(context);
        using var body = await JsonBody.ReadAsync(context, MaxBodyBytes);
        var root = body.Root.RequireObject();
        var keys = root.TryGetField("keys", out var member) && member.ValueKind == JsonValueKind.Object
            ? member
            : throw new ProblemException(Problem.InvalidField("keys", "an object with p256dh and auth"));
        var refusal = await registrations.AddAsync(
            caller.User, root.OptionalString("endpoint"), keys.OptionalString("p256dh"), keys.OptionalString("auth"), ExpirationTime(root), context.RequestAborted);
        if (refusal is not null)
            throw new ProblemException(Problem.InvalidField(refusal.Field, refusal.Allowed));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task UnsubscribeAsync(HttpContext context)
    {
        var (caller, registrations) = await OpenAsync(context);
        using var body = await JsonBody.ReadAsync(context, MaxBodyBytes);
        var endpoint = body.Root.RequireObject().OptionalString("endpoint")
            ?? throw new ProblemException(Problem.InvalidField("endpoint", "the endpoint of a subscription"));
        if (!await registrations.RemoveAsync(caller.User, endpoint, context.RequestAborted))
            throw new ProblemException(Problem.NotFound("You have no subscription with this endpoint."));
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async ValueTask<(Caller Caller, PushRegistrations Registrations)> OpenAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var caller = await services.GetRequiredService<CallerAuthenticator>().AuthenticateAsync(context, CredentialSources.Bearer);
        var registrations = services.GetRequiredService<PushRegistrations>();
        return registrations.IsEnabled ? (caller, registrations) : throw new ProblemException(Problem.NotFound("This server sends no Web Push notifications."));
    }

    private static DateTimeOffset? ExpirationTime(JsonElement root)
    {
        const string Field = "expirationTime";
        if (!root.TryGetField(Field, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        // A DOMHighResTimeStamp: it may have a fraction.
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var time) && time is >= 0 and <= LastTime
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)time)
            : throw new ProblemException(Problem.InvalidField(Field, "a time in milliseconds since 1970, or null"));
    }
}
