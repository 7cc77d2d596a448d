using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Realtime.Feeds.Advice;
using Realtime.Feeds.Fanout;
using Realtime.Feeds.Live;
using Realtime.Feeds.Sources;
using Realtime.Feeds.Timelines;
using Realtime.Publishing;

namespace Realtime.Feeds;

/// <summary>Adds feeds.</summary>
public static class FeedsServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="IFeeds"/> and <see cref="IAdvisor"/>, with what it needs where nothing else was registered: follows, mailboxes and fan-out in the memory of this process.
    /// Options are those of <see cref="FeedOptions"/>, checked at start.
    /// </summary>
    /// <param name="services">The services; the core and a message store must be among them.</param>
    public static IServiceCollection AddRealtimeFeeds(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<FeedOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FeedOptions>, FeedOptionsValidator>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<FeedOptions>>().Value);
        services.TryAddSingleton<IFollowGraph, InMemoryFollowGraph>();
        services.TryAddSingleton<IMailboxStore, InMemoryMailboxStore>();
        services.TryAddSingleton<IFanoutDispatcher, InProcessFanoutDispatcher>();
        services.AddSingleton<FeedMetrics>();
        services.AddSingleton<FeedObservations>();
        services.AddSingleton<UnitCostMeter>();
        services.AddSingleton<IAdvisor, AdvisorService>();
        services.AddSingleton<AuthorHeads>();
        services.AddSingleton<AuthorSides>();
        services.AddSingleton<Outboxes>();
        services.AddSingleton<PostBodies>();
        services.AddSingleton<FollowLists>();
        services.AddSingleton<MailboxAccess>();
        services.AddSingleton<MailboxKeeper>();
        services.AddSingleton<TimelineReader>();
        services.AddSingleton<ReaderActivity>();
        services.AddSingleton<LiveTimelines>();
        services.AddSingleton<FanoutService>();
        services.AddSingleton<IFeeds, FeedService>();
        services.AddSingleton<ILogObserver>(provider => provider.GetRequiredService<FanoutService>());
        services.AddHostedService(provider => provider.GetRequiredService<ReaderActivity>());
        services.AddHostedService(provider => provider.GetRequiredService<LiveTimelines>());
        services.AddHostedService(provider => provider.GetRequiredService<MailboxKeeper>());
        services.AddHostedService(provider => provider.GetRequiredService<FanoutService>());
        return services;
    }
}

[OptionsValidator]
internal sealed partial class FeedOptionsValidator : IValidateOptions<FeedOptions>;
