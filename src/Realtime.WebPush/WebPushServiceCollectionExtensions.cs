using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Realtime.Diagnostics;
using Realtime.Presence;
using Realtime.Publishing;
using Realtime.Stores;
using Realtime.WebPush.Encryption;
using Realtime.WebPush.Notifying;
using Realtime.WebPush.Sending;
using Realtime.WebPush.Subscriptions;

namespace Realtime.WebPush;

/// <summary>Adds Web Push notifications.</summary>
public static class WebPushServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="PushRegistrations"/>, and what notifies users who are away where <see cref="WebPushOptions.Enabled"/> says so. The core must be
    /// registered too, and an <see cref="IPushSubscriptionStore"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddWebPush(this IServiceCollection services, Action<WebPushOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<WebPushOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebPushOptions>, WebPushOptionsValidator>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<WebPushOptions>>().Value);
        services.TryAddSingleton(provider => new EndpointRules(provider.GetRequiredService<WebPushOptions>()));
        services.TryAddSingleton(provider => new VapidKeyring(provider.GetRequiredService<WebPushOptions>().KeyPath, provider.GetService<ISecretStore>()));
        services.TryAddSingleton(provider => new PushRegistrations(
            provider.GetRequiredService<IPushSubscriptionStore>(),
            provider.GetRequiredService<EndpointRules>(),
            provider.GetRequiredService<VapidKeyring>(),
            provider.GetRequiredService<WebPushOptions>(),
            provider.GetRequiredService<TimeProvider>()));
        AddNotifier(services);
        return services;
    }

    private static void AddNotifier(IServiceCollection services)
    {
        // Who is connected is presence in the channels of users, which is nobody else's business.
        services.AddOptions<PresenceOptions>()
            .PostConfigure<IOptions<WebPushOptions>>((presence, push) =>
            {
                if (push.Value.Enabled)
                    presence.HiddenNamespaces += ",user";
            })
            .Validate<IOptions<WebPushOptions>>(
                (presence, push) => presence.Enabled || !push.Value.Enabled,
                "Realtime:Presence:Enabled is false; it must be true where Realtime:WebPush:Enabled is, because users who are connected are not notified.");
        services.AddHttpClient(PushClient.ClientName)
            .ConfigureHttpClient((provider, client) => client.Timeout = provider.GetRequiredService<WebPushOptions>().SendTimeout)
            .ConfigurePrimaryHttpMessageHandler(provider => GuardedConnections.CreateHandler(
                provider.GetRequiredService<EndpointRules>(), provider.GetRequiredService<WebPushOptions>()))
            // They would write down the endpoints.
            .RemoveAllLoggers();
        services.AddSingleton(provider => new WebPushMetrics(provider.GetRequiredService<RealtimeMetrics>()));
        services.AddSingleton(provider => new PushClient(
            provider.GetRequiredService<IHttpClientFactory>(),
            provider.GetRequiredService<VapidKeyring>(),
            provider.GetRequiredService<WebPushOptions>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<PushDispatcher>();
        services.AddSingleton(provider => new PushNotifier(
            provider.GetRequiredService<IPushSubscriptionStore>(),
            provider.GetService<IReadMarkers>(),
            provider.GetRequiredService<PresenceRegistry>(),
            provider.GetRequiredService<PresenceOptions>(),
            provider.GetRequiredService<PushDispatcher>(),
            provider.GetRequiredService<WebPushOptions>(),
            provider.GetRequiredService<WebPushMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PushNotifier>>()));
        services.AddSingleton<ILogObserver>(provider => provider.GetRequiredService<PushNotifier>());
        services.AddHostedService(provider => new PushStartup(
            provider.GetRequiredService<VapidKeyring>(),
            provider.GetService<StoreOpener>()?.Opened ?? Task.CompletedTask,
            provider.GetRequiredService<WebPushOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PushStartup>>()));
        services.AddHostedService(provider => provider.GetRequiredService<PushDispatcher>());
        services.AddHostedService(provider => provider.GetRequiredService<PushNotifier>());
    }
}

[OptionsValidator]
internal sealed partial class WebPushOptionsValidator : IValidateOptions<WebPushOptions>;
