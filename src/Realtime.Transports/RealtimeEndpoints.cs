using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Realtime.Feeds;
using Realtime.Stores;
using Realtime.Transports.Access;
using Realtime.Transports.Consumers;
using Realtime.Transports.Feeds;
using Realtime.Transports.Polling;
using Realtime.Transports.Presence;
using Realtime.Transports.Problems;
using Realtime.Transports.Publishing;
using Realtime.Transports.Reading;
using Realtime.Transports.Requests;
using Realtime.Transports.ServerSentEvents;
using Realtime.Transports.SignalR;
using Realtime.Transports.WebSockets;

namespace Realtime.Transports;

/// <summary>Puts Realtime into an ASP.NET Core application.</summary>
public static class RealtimeEndpoints
{
    /// <summary>Adds the core and all transports. An <see cref="Stores.IMessageStore"/> must be registered too.</summary>
    public static IServiceCollection AddRealtime(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRealtimeCore();
        services.AddRealtimeAccess();
        services.AddOptions<LimitOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LimitOptions>, LimitOptionsValidator>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<LimitOptions>>().Value);
        services.AddSingleton<DirectSocket>();
        services.AddSingleton<PublishParser>();
        services.AddSingleton<PublishEndpoints>();
        services.AddSingleton<HistoryEndpoint>();
        services.AddSingleton<PresenceEndpoint>();
        services.AddSingleton<PollEndpoints>();
        services.AddSingleton<ServerSentEventsEndpoint>();
        services.AddSingleton<WebSocketEndpoint>();
        services.AddHub();
        services.AddHostedService<DrainService>();
        return services;
    }

    /// <summary>Maps every address of the protocol; those of consumers, of feeds and of the advisor where an
    /// <see cref="IConsumerStore"/>, an <see cref="IFeeds"/> and an <see cref="IAdvisor"/> are registered.</summary>
    public static void MapRealtime(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var history = endpoints.ServiceProvider.GetRequiredService<HistoryEndpoint>();
        var publish = endpoints.ServiceProvider.GetRequiredService<PublishEndpoints>();
        endpoints.MapApi("/api/channels/{channel}/messages", (HttpMethods.Get, history.ReadAsync), (HttpMethods.Post, publish.PublishAsync));
        PublishEndpoints.Map(endpoints);
        PresenceEndpoint.Map(endpoints);
        PollEndpoints.Map(endpoints);
        ServerSentEventsEndpoint.Map(endpoints);
        WebSocketEndpoint.Map(endpoints);
        HubEndpoint.Map(endpoints);
        if (endpoints.ServiceProvider.GetService<IConsumerStore>() is not null)
            ActivatorUtilities.CreateInstance<ConsumerEndpoints>(endpoints.ServiceProvider).Map(endpoints);
        if (endpoints.ServiceProvider.GetService<IFeeds>() is not null)
            ActivatorUtilities.CreateInstance<FeedEndpoints>(endpoints.ServiceProvider).Map(endpoints);
        if (endpoints.ServiceProvider.GetService<IAdvisor>() is not null)
            ActivatorUtilities.CreateInstance<AdvisorEndpoints>(endpoints.ServiceProvider).Map(endpoints);
        endpoints.MapAccess();
        endpoints.MapApiFallback();
    }
}

[OptionsValidator]
internal sealed partial class LimitOptionsValidator : IValidateOptions<LimitOptions>;
