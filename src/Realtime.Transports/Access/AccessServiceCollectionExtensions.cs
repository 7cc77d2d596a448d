using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Realtime.Stores;

namespace Realtime.Transports.Access;

/// <summary>Registers who may do what.</summary>
public static class AccessServiceCollectionExtensions
{
    private const string CorsPolicy = "realtime";

    /// <summary>Adds <see cref="CallerAuthenticator"/>, <see cref="TicketService"/>, <see cref="OriginPolicy"/> and the CORS policy, by the sections
    /// <c>Realtime:Auth</c> and <c>Realtime:Origins</c>. Settings that can't be right stop the start.</summary>
    public static IServiceCollection AddRealtimeAccess(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<RealtimeAuthOptions>().BindConfiguration("Realtime:Auth").ValidateOnStart();
        services.AddSingleton<RealtimeAuthOptionsValidator>();
        services.AddSingleton<IPostConfigureOptions<RealtimeAuthOptions>>(provider => provider.GetRequiredService<RealtimeAuthOptionsValidator>());
        services.AddSingleton<IValidateOptions<RealtimeAuthOptions>>(provider => provider.GetRequiredService<RealtimeAuthOptionsValidator>());

        services.AddOptions<OriginOptions>().ValidateOnStart();
        services.AddSingleton<OriginOptionsSetup>();
        services.AddSingleton<IConfigureOptions<OriginOptions>>(provider => provider.GetRequiredService<OriginOptionsSetup>());
        services.AddSingleton<IValidateOptions<OriginOptions>>(provider => provider.GetRequiredService<OriginOptionsSetup>());

        services.AddSingleton<OriginPolicy>();
        services.AddSingleton(provider => new SigningKeys(
            provider.GetRequiredService<IOptions<RealtimeAuthOptions>>(),
            provider.GetService<ISecretStore>()));
        services.AddSingleton<AuthorityKeys>();
        services.AddSingleton<TokenValidator>();
        services.AddSingleton(provider => new CallerCache(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new TicketService(
            provider.GetRequiredService<SigningKeys>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new DemoTokens(
            provider.GetRequiredService<IOptions<RealtimeAuthOptions>>(),
            provider.GetRequiredService<SigningKeys>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new CallerAuthenticator(
            provider.GetRequiredService<TokenValidator>(),
            provider.GetRequiredService<TicketService>(),
            provider.GetRequiredService<OriginPolicy>(),
            provider.GetRequiredService<CallerCache>()));
        services.AddHostedService(provider => new AccessStartup(
            provider.GetRequiredService<SigningKeys>(),
            provider.GetRequiredService<DemoTokens>(),
            provider.GetService<StoreOpener>()?.Opened ?? Task.CompletedTask,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AccessStartup>>()));

        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<OriginOptions>>((cors, origins) => cors.AddPolicy(CorsPolicy, policy => policy
            .WithOrigins([.. origins.Value.Origins.Select(origin => Origin.Normalize(origin)!)])
            .AllowAnyMethod()
            .WithHeaders(
                HeaderNames.Authorization, HeaderNames.ContentType, "Idempotency-Key", "Last-Event-ID", HeaderNames.IfNoneMatch, "Prefer",
                "X-Requested-With", "X-SignalR-User-Agent")
            .WithExposedHeaders(HeaderNames.ETag, HeaderNames.RetryAfter, "Preference-Applied")
            // SignalR's client asks with credentials unless told not to; no cookie of this server is taken from another origin.
            .AllowCredentials()
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
        return services;
    }

    /// <summary>Lets pages of the origins in <c>Realtime:Origins</c> read the answers. Goes before the endpoints.</summary>
    /// <remarks>Requests that name no origin go round it: the framework's middleware would make each of them a scope of services.</remarks>
    public static IApplicationBuilder UseRealtimeCors(this IApplicationBuilder app) =>
        app.UseWhen(static context => context.Request.Headers.Origin.Count > 0, static pages => pages.UseCors(CorsPolicy));
}
