using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.Access;

/// <summary>The addresses that hand out credentials.</summary>
public static class AccessEndpoints
{
    private const int MaxBodyBytes = 16 * 1024;
    private const int MaxPatterns = 256;

    // Browsers drop a cookie above 4,096 bytes without a word; the rest is its name and attributes.
    private const int MaxCookieLength = 3800;

    private const string PatternRule = "a channel name, or the beginning of one and a '*'";

    /// <summary>Maps <c>POST /api/tickets</c> and <c>POST /api/demo/token</c>, which outside demo mode is 404.</summary>
    public static void MapAccess(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapApi("/api/tickets", HttpMethods.Post, CreateTicketAsync);
        endpoints.MapApi("/api/demo/token", HttpMethods.Post, CreateDemoTokenAsync);
    }

    private static async Task CreateTicketAsync(HttpContext context)
    {
        // The bearer token alone: a ticket that bought the next ticket would be good for ever.
        var caller = await context.RequestServices.GetRequiredService<CallerAuthenticator>().AuthenticateAsync(context, CredentialSources.Bearer);
        using var body = await JsonBody.ReadOptionalAsync(context, MaxBodyBytes);
        var tickets = context.RequestServices.GetRequiredService<TicketService>();
        if (body?.Root.RequireObject().OptionalBoolean("cookie") == true) SetCookie(context, tickets.CreateCookie(caller), caller);
        var (ticket, lifetime) = tickets.CreateTicket(caller);
        await WriteAsync(context, "ticket", ticket, lifetime);
    }

    private static void SetCookie(HttpContext context, string value, Caller caller)
    {
        if (!OriginPolicy.IsOwn(context)) throw new ProblemException(Problem.Forbidden("The cookie is given to pages of the server's own origin alone."));
        if (value.Length > MaxCookieLength)
            throw new ProblemException(Problem.InvalidRequest("The token's pub and read lists are too long for a cookie; a ticket can hold them."));
        context.Response.Cookies.Append(TicketService.CookieName, value, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/api",
            Expires = caller.ExpiresAt,
            IsEssential = true,
        });
    }

    private static async Task CreateDemoTokenAsync(HttpContext context)
    {
        var demo = context.RequestServices.GetRequiredService<DemoTokens>();
        if (!demo.IsEnabled) throw new ProblemException(Problem.NotFound("This server gives out no demo tokens."));
        using var body = await JsonBody.ReadAsync(context, MaxBodyBytes);
        var root = body.Root.RequireObject();
        var user = root.OptionalString("user");
        if (user is null || !DemoTokens.IsUser(user))
            throw new ProblemException(Problem.InvalidField("user", "1–64 characters of A–Z a–z 0–9 . _ ~ @ - (no ':', which separates the parts of channel names)"));
        var publish = Patterns(root, "pub");
        var read = Patterns(root, "read");
        var seconds = root.OptionalInteger("expiresIn", 1, (long)DemoTokens.MaxLifetime.TotalSeconds);
        var lifetime = seconds is { } asked ? TimeSpan.FromSeconds(asked) : DemoTokens.DefaultLifetime;
        await WriteAsync(context, "token", demo.Create(user, publish, read, lifetime), lifetime);
    }

    private static string[]? Patterns(JsonElement body, string field)
    {
        var patterns = body.OptionalStrings(field, MaxPatterns);
        for (var i = 0; i < patterns?.Length; i++)
            if (!ChannelPatterns.IsPattern(patterns[i])) throw new ProblemException(Problem.InvalidField($"{field}[{i}]", PatternRule));
        return patterns;
    }

    private static async Task WriteAsync(HttpContext context, string name, string credential, TimeSpan lifetime)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString(name, credential);
        json.WriteNumber("expiresIn", Math.Max(1, (long)lifetime.TotalSeconds));
        json.WriteEndObject();
    }
}
