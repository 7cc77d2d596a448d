using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Realtime.Backbones;
using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Diagnostics;
using Realtime.Presence;
using Realtime.Publishing;
using Realtime.Sessions;
using Realtime.Stores;

namespace Realtime;

/// <summary>Registers the core: logs, sessions, publisher, retention.</summary>
public static class RealtimeServiceCollectionExtensions
{
    /// <summary>
    /// Adds the core. An <see cref="IMessageStore"/> must be registered too. Options are those of <see cref="DeliveryOptions"/>, <see cref="PublisherOptions"/>
    /// and <see cref="MessageStoreOptions"/>, checked at start.
    /// </summary>
    public static IServiceCollection AddRealtimeCore(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddValidated<DeliveryOptions, DeliveryOptionsValidator>();
        services.AddValidated<PublisherOptions, PublisherOptionsValidator>();
        services.AddValidated<MessageStoreOptions, MessageStoreOptionsValidator>();
        services.AddValidated<BackboneOptions, BackboneOptionsValidator>();
        services.AddValidated<PresenceOptions, PresenceOptionsValidator>();
        services.TryAddSingleton<RealtimeMetrics>();
        services.TryAddSingleton<ShardInterest>();
        services.TryAddSingleton<IBackbone>(_ => new InProcessBackbone());
        services.TryAddSingleton<ChannelLogs>();
        services.TryAddSingleton<LogReader>();
        services.TryAddSingleton<PresenceRegistry>();
        services.TryAddSingleton<SessionRegistry>();
        services.TryAddSingleton<PollReader>();
        services.TryAddSingleton<Publisher>();
        services.TryAddSingleton<FrameSender>();
        services.TryAddSingleton<NodeDirectory>();
        services.TryAddSingleton<HeadWatcher>();
        services.TryAddSingleton<FrameReceiver>();
        services.TryAddSingleton<MessageDeleter>();
        services.TryAddSingleton<NodeReporter>();
        services.TryAddSingleton<PresenceService>();
        services.TryAddSingleton<StoreOpener>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreOpener>());
        // They are stopped in the opposite order: publishers first, so that what they commit is still carried.
        services.AddHostedService<BackboneStarter>();
        services.AddHostedService(provider => provider.GetRequiredService<FrameSender>());
        services.AddHostedService(provider => provider.GetRequiredService<HeadWatcher>());
        services.AddHostedService(provider => provider.GetRequiredService<Publisher>());
        services.AddHostedService(provider => provider.GetRequiredService<NodeReporter>());
        services.AddHostedService(provider => provider.GetRequiredService<PresenceService>());
        services.AddHostedService<RetentionService>();
        services.AddSingleton<WriterRecorder>();
        services.AddSingleton<ILogObserver>(provider => provider.GetRequiredService<WriterRecorder>());
        services.AddHostedService(provider => provider.GetRequiredService<WriterRecorder>());
        return services;
    }

    private static void AddValidated<TOptions, TValidator>(this IServiceCollection services)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddOptions<TOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<TOptions>>().Value);
    }
}

[OptionsValidator]
internal sealed partial class DeliveryOptionsValidator : IValidateOptions<DeliveryOptions>;

[OptionsValidator]
internal sealed partial class BackboneOptionsValidator : IValidateOptions<BackboneOptions>;

[OptionsValidator]
internal sealed partial class PresenceOptionsValidator : IValidateOptions<PresenceOptions>;

[OptionsValidator]
internal sealed partial class PublisherOptionsValidator : IValidateOptions<PublisherOptions>;
