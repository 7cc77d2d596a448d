using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Realtime.Feeds;

namespace Realtime.Stores.Sqlite;

/// <summary>Adds the SQLite message store.</summary>
public static class SqliteServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="SqliteMessageStore"/> as the <see cref="IMessageStore"/>, and what is kept beside it: an <see cref="IPushSubscriptionStore"/> and an <see cref="IFollowGraph"/>.
    /// The container disposes them.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after whatever else configured them.</param>
    public static IServiceCollection AddSqliteMessageStore(this IServiceCollection services, Action<SqliteOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<SqliteOptions>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteOptions>, SqliteOptionsValidator>());
        services.AddSingleton<IMessageStore>(provider => new SqliteMessageStore(
            provider.GetRequiredService<IOptions<SqliteOptions>>().Value,
            provider.GetRequiredService<IOptions<MessageStoreOptions>>().Value,
            provider.GetRequiredService<ILogger<SqliteMessageStore>>(),
            provider.GetRequiredService<SqliteStateDatabase>()));
        services.AddSingleton(provider => new SqliteStateDatabase(provider.GetRequiredService<IOptions<SqliteOptions>>().Value));
        services.AddSingleton<IPushSubscriptionStore>(provider => new SqlitePushSubscriptionStore(provider.GetRequiredService<SqliteStateDatabase>()));
        services.AddSingleton<IFollowGraph>(provider => new SqliteFollowGraph(provider.GetRequiredService<SqliteStateDatabase>()));
        return services;
    }
}
