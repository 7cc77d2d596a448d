using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Realtime.Feeds;

namespace Realtime.Stores.PostgreSql;

/// <summary>Adds the PostgreSQL message store.</summary>
public static class PostgreSqlServiceCollectionExtensions
{
    /// <summary>
    /// Registers one <see cref="PostgreSqlMessageStore"/> as the <see cref="IMessageStore"/> and the <see cref="ISecretStore"/>, an
    /// <see cref="IPushSubscriptionStore"/> and an <see cref="IFollowGraph"/> in the same schema; the container disposes them.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddPostgreSqlMessageStore(this IServiceCollection services, Action<PostgreSqlOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<PostgreSqlOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgreSqlOptions>, PostgreSqlOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new PostgreSqlMessageStore(
            provider.GetRequiredService<IOptions<PostgreSqlOptions>>().Value,
            provider.GetRequiredService<IOptions<MessageStoreOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PostgreSqlMessageStore>>()));
        services.AddSingleton<IMessageStore>(provider => provider.GetRequiredService<PostgreSqlMessageStore>());
        services.AddSingleton<IPushSubscriptionStore>(provider => new PostgreSqlPushSubscriptionStore(provider.GetRequiredService<PostgreSqlMessageStore>()));
        services.AddSingleton<IFollowGraph>(provider => new PostgreSqlFollowGraph(provider.GetRequiredService<PostgreSqlMessageStore>()));
        services.AddSingleton<ISecretStore>(provider => provider.GetRequiredService<PostgreSqlMessageStore>());
        return services;
    }
}
