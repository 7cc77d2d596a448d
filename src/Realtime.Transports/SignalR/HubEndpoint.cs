using MessagePack;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Realtime.Transports.Access;
using Realtime.Transports.Problems;
using Realtime.Transports.Requests;

namespace Realtime.Transports.SignalR;

/// <summary>The SignalR hub at <c>/hub</c>, over WebSockets alone: SignalR's own fallbacks keep state on one node and lose what a lost answer carried.</summary>
internal static class HubEndpoint
{
    private const string Path = "/hub";

    internal static void AddHub(this IServiceCollection services)
    {
        // Without AddHubOptions SignalR takes the options of all hubs, and their limits, whatever this hub's own say.
        services.AddSignalR().AddHubOptions<RealtimeHub>(static hub => hub.AddFilter<HubProblemFilter>()).AddMessagePackProtocol(options => options.SerializerOptions = MessagePackSerializerOptions.Standard
            .WithResolver(CompositeResolver.Create([new JsonElementFormatter()], [ContractlessStandardResolver.Instance]))
            .WithSecurity(MessagePackSecurity.UntrustedData));
        services.AddOptions<HubOptions<RealtimeHub>>().Configure<LimitOptions>((hub, limits) =>
        {
            hub.MaximumReceiveMessageSize = limits.MaxPublishBytes;
            // Publishes wait for the disk; a client need not wait for one before it sends the next.
            hub.MaximumParallelInvocationsPerClient = 16;
        });
        services.AddSingleton<HubLifetimeManager<RealtimeHub>, RealtimeHubLifetimeManager>();
        // The resolver takes the last protocol of a name.
        services.AddSingleton<IHubProtocol>(provider =>
            new ProblemHubProtocol(new JsonHubProtocol(provider.GetRequiredService<IOptions<JsonHubProtocolOptions>>())));
        services.AddSingleton<IHubProtocol>(provider =>
            new ProblemHubProtocol(new MessagePackHubProtocol(provider.GetRequiredService<IOptions<MessagePackHubProtocolOptions>>())));
    }

    internal static void Map(IEndpointRouteBuilder endpoints)
    {
        var authenticator = endpoints.ServiceProvider.GetRequiredService<CallerAuthenticator>();
        var origins = endpoints.ServiceProvider.GetRequiredService<OriginPolicy>();
        endpoints.MapHub<RealtimeHub>(Path, options => options.Transports = HttpTransportType.WebSockets)
            .Add(endpoint => endpoint.RequestDelegate = Authenticated(endpoint.RequestDelegate!, authenticator, origins));
    }

    private static RequestDelegate Authenticated(RequestDelegate hub, CallerAuthenticator authenticator, OriginPolicy origins) => async context =>
    {
        try
        {
            origins.Require(context);
            context.Features.Set(await authenticator.AuthenticateAsync(context, CredentialSources.Bearer | CredentialSources.AccessTokenQuery));
        }
        catch (ProblemException refusal)
        {
            await refusal.Problem.WriteAsync(context);
            return;
        }

        await hub(context);
    };
}
