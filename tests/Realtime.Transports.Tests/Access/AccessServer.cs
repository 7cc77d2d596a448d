using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Realtime.Channels;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;

namespace Realtime.Transports.Tests.Access;

/// <summary>A real server with the access endpoints, and addresses under <c>/probe</c> that say who called.</summary>
internal sealed class AccessServer : IAsyncDisposable
{
    public const string Key = "a key for tests, of more than 32 bytes";

    private readonly WebApplication _app;

    private AccessServer(WebApplication app, FakeTimeProvider time, CapturedLog log)
    {
        _app = app;
        Time = time;
        Log = log;
        Http = new HttpClient(new HttpClientHandler { UseCookies = false }) { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public FakeTimeProvider Time { get; }

    public CapturedLog Log { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public string Origin => Http.BaseAddress!.GetLeftPart(UriPartial.Authority);

    public static Task<AccessServer> StartDemoAsync(params (string Key, string Value)[] settings) => StartAsync("Development", settings);

    public static Task<AccessServer> StartJwtAsync(params (string Key, string Value)[] settings) =>
        StartAsync("Production", [("Realtime:Auth:HmacKey", Key), .. settings]);

    public static async Task<AccessServer> StartAsync(string environment, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Key, (string?)one.Value)));
        var log = new CapturedLog();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace)
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-03-01T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddRealtimeAccess();
        var app = builder.Build();

        // What forwarded headers would do behind a proxy that ends TLS.
        app.Use((context, next) =>
        {
            if (context.Request.Headers.TryGetValue("X-Test-Scheme", out var scheme)) context.Request.Scheme = scheme.ToString();
            return next(context);
        });
        app.UseRouting();
        app.UseRealtimeCors();
        app.MapAccess();
        app.MapApi("/probe/{sources:int}", HttpMethods.Get, context =>
            ProbeAsync(context, (CredentialSources)int.Parse((string)context.Request.RouteValues["sources"]!, System.Globalization.CultureInfo.InvariantCulture)));
        app.MapApi("/probe/origin", HttpMethods.Get, context =>
        {
            context.RequestServices.GetRequiredService<OriginPolicy>().Require(context);
            return Task.CompletedTask;
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new AccessServer(app, time, log);
    }

    /// <summary>A token that this server's key makes, for alice and for an hour unless said otherwise.</summary>
    public string Token(Action<Dictionary<string, object?>>? change = null) => TestTokens.Hmac(Key, Claims(change));

    public Dictionary<string, object?> Claims(Action<Dictionary<string, object?>>? change = null)
    {
        var claims = new Dictionary<string, object?> { ["sub"] = "alice", ["exp"] = Time.GetUtcNow().ToUnixTimeSeconds() + 3600 };
        change?.Invoke(claims);
        return claims;
    }

    public Task<HttpResponseMessage> ProbeAsync(string token) => SendAsync(HttpMethod.Get, "/probe/1", ("Authorization", $"Bearer {token}"));

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, null, headers);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? json, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = JsonContent.Create(json);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<JsonElement> TicketAsync(string token, object? body = null)
    {
        var response = await SendAsync(HttpMethod.Post, "/api/tickets", body, ("Authorization", $"Bearer {token}"));
        return await response.JsonAsync(200);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    private static async Task ProbeAsync(HttpContext context, CredentialSources sources)
    {
        var caller = await context.RequestServices.GetRequiredService<CallerAuthenticator>().AuthenticateAsync(context, sources);
        var channel = ChannelName.Parse(context.Request.Query["channel"] is { Count: > 0 } asked ? asked.ToString() : "room:general");
        await context.Response.WriteAsJsonAsync(new
        {
            user = caller.User,
            expiresAt = caller.ExpiresAt,
            read = caller.MayRead(channel),
            publish = caller.MayPublish(channel),
        });
    }
}
