using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Realtime.Feeds;

namespace Realtime.Stores.Redis;

/// <summary>Adds what is kept in Redis.</summary>
public static class RedisServiceCollectionExtensions
{
    /// <summary>Registers <see cref="RedisMailboxStore"/> as the <see cref="IMailboxStore"/>; it goes by <see cref="FeedOptions"/>, and the container disposes it.</summary>
    /// <param name="services">The services; before the feeds are added.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddRedisMailboxStore(this IServiceCollection services, Action<RedisMailboxOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<RedisMailboxOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisMailboxOptions>, RedisMailboxOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IMailboxStore>(provider => new RedisMailboxStore(
            provider.GetRequiredService<IOptions<RedisMailboxOptions>>().Value,
            provider.GetRequiredService<IOptions<FeedOptions>>().Value,
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
