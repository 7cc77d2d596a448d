using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Realtime.Backbones.Redis.Internal;
using StackExchange.Redis;

namespace Realtime.Backbones.Redis;

/// <summary>Adds what connects nodes by Redis.</summary>
public static class RedisServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="RedisBackbone"/> as the <see cref="IBackbone"/>, and SignalR's Redis backplane on the same server for the application's own
    /// hubs, as <see cref="AddSignalRRedisBackplane"/> does. The container disposes both.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddRedisBackbone(this IServiceCollection services, Action<RedisBackboneOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<RedisBackboneOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisBackboneOptions>, RedisBackboneOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IBackbone>(provider => new RedisBackbone(
            provider.GetRequiredService<IOptions<RedisBackboneOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RedisBackbone>>()));
        services.AddSignalR().AddStackExchangeRedis();
        services.AddOptions<RedisOptions>().Configure<IOptions<RedisBackboneOptions>>(
            (redis, backbone) => Set(redis, backbone.Value.ConnectionString, "Realtime:Backbone:ConnectionString", backbone.Value.ChannelPrefix));
        return services;
    }

    /// <summary>
    /// Connects the hubs of an application's own over its nodes, so that <c>Clients.Group("x").SendAsync</c> reaches clients of all of them. The
    /// product's hub needs it not: its readers read the log, on whatever node they are. A hub that nobody uses opens no connection.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">The server in the notation of StackExchange.Redis, such as <c>host:6379,password=secret</c>.</param>
    /// <param name="channelPrefix">What the names of SignalR's pub/sub channels begin with.</param>
    /// <exception cref="RealtimeException">The connection string can't be read.</exception>
    public static IServiceCollection AddSignalRRedisBackplane(this IServiceCollection services, string connectionString, string channelPrefix = "realtime:")
    {
        ArgumentNullException.ThrowIfNull(services);
        const string Setting = "The connection string of SignalR's Redis backplane";
        RedisAddress.Parse(connectionString, Setting);
        services.AddSignalR().AddStackExchangeRedis(redis => Set(redis, connectionString, Setting, channelPrefix));
        return services;
    }

    private static void Set(RedisOptions redis, string connectionString, string setting, string channelPrefix)
    {
        redis.Configuration = RedisAddress.Parse(connectionString, setting).ConfigureSignalR();
        redis.Configuration.ChannelPrefix = RedisChannel.Literal(channelPrefix + "signalr:");
    }
}
