using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Realtime.Backbones.RabbitMq.Internal;
using Realtime.Diagnostics;
using Realtime.Feeds;

namespace Realtime.Backbones.RabbitMq;

/// <summary>Adds what goes over RabbitMQ.</summary>
public static class RabbitMqServiceCollectionExtensions
{
    /// <summary>Registers <see cref="RabbitMqBackbone"/>, the push consumer, as the <see cref="IBackbone"/>; the container disposes it.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddRabbitMqBackbone(this IServiceCollection services, Action<RabbitMqOptions>? configure = null) =>
        services.AddOptions(configure).AddSingleton<IBackbone>(provider => new RabbitMqBackbone(
            provider.GetRequiredService<IOptions<RabbitMqOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RabbitMqBackbone>>()));

    /// <summary>Registers <see cref="RabbitMqStreamBackbone"/>, which reads a stream, as the <see cref="IBackbone"/>; the container disposes it.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddRabbitMqStreamBackbone(this IServiceCollection services, Action<RabbitMqOptions>? configure = null) =>
        services.AddOptions(configure).AddSingleton<IBackbone>(provider => new RabbitMqStreamBackbone(
            provider.GetRequiredService<IOptions<RabbitMqOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RabbitMqStreamBackbone>>()));

    /// <summary>
    /// Registers <see cref="RabbitMqFanoutDispatcher"/> as the <see cref="IFanoutDispatcher"/>, whichever the backbone is; it goes by
    /// <see cref="RabbitMqOptions"/> and <see cref="FeedOptions"/>.
    /// </summary>
    /// <param name="services">The services; before the feeds are added.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddRabbitMqFanout(this IServiceCollection services, Action<RabbitMqOptions>? configure = null) =>
        services.AddOptions(configure).AddSingleton<IFanoutDispatcher>(provider => new RabbitMqFanoutDispatcher(
            provider.GetRequiredService<IOptions<RabbitMqOptions>>().Value,
            provider.GetRequiredService<IOptions<FeedOptions>>().Value,
            provider.GetRequiredService<RealtimeMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RabbitMqFanoutDispatcher>>()));

    private static IServiceCollection AddOptions(this IServiceCollection services, Action<RabbitMqOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<RabbitMqOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        // The node has one name, everywhere.
        options.PostConfigure<IOptions<BackboneOptions>>((rabbit, node) => rabbit.NodeName ??= node.Value.NodeName);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RabbitMqOptions>, RabbitMqOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }
}
