using Realtime.Delivery;
using Realtime.Presence;
using Realtime.Publishing;
using Realtime.Stores;
using Realtime.Stores.Sqlite;
using Realtime.Transports.Access;
using Realtime.Transports.Requests;

namespace Realtime.Server;

/// <summary>Brings the settings of the configuration to the parts that they belong to.</summary>
internal static class ServerSettings
{
    private const string KindSetting = "Realtime:Store:Kind";

    /// <summary>The lowest-ranking source: where the server listens unless told otherwise.</summary>
    internal static void AddServerDefaults(this ConfigurationManager configuration) => ((IConfigurationBuilder)configuration).Sources.Insert(
        0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?> { ["Urls"] = "http://localhost:5080" },
        });

    internal static void AddRealtimeSettings(this IServiceCollection services, IConfiguration configuration)
    {
        var limits = configuration.GetSection("Realtime:Limits");
        services.Configure<DeliveryOptions>(configuration.GetSection("Realtime:Delivery"));
        services.Configure<DeliveryOptions>(limits);
        services.Configure<PublisherOptions>(configuration.GetSection("Realtime:Publishing"));
        services.Configure<PresenceOptions>(configuration.GetSection("Realtime:Presence"));
        services.Configure<LimitOptions>(limits);
        services.Configure<MessageStoreOptions>(limits);
        services.Configure<MessageStoreOptions>(options => configuration.GetSection("Realtime:Retention").Bind(options.Retention));
    }

    internal static void AddRealtimeStore(this IServiceCollection services, IConfiguration configuration)
    {
        var kind = configuration[KindSetting] ?? "sqlite";
        var path = configuration["Realtime:Store:Path"] ?? Path.Combine("data", "realtime.db");
        switch (kind)
        {
            case "sqlite":
                services.AddSqliteMessageStore(options =>
                {
                    configuration.GetSection("Realtime:Store").Bind(options);
                    options.Path = path;
                });
                // Beside the store, so that what is kept together is lost together.
                services.PostConfigure<RealtimeAuthOptions>(auth => auth.KeyPath ??= Path.ChangeExtension(path, ".key"));
                break;
            case "memory":
                services.AddSingleton<IMessageStore>(provider => new InMemoryMessageStore(provider.GetRequiredService<MessageStoreOptions>()));
                break;
            default:
                throw new RealtimeException($"{KindSetting} is '{kind}'; it must be 'sqlite' or 'memory'.", isTransient: false);
        }

        var backbone = configuration["Realtime:Backbone:Kind"] ?? "inprocess";
        if (backbone != "inprocess")
            throw new RealtimeException($"Realtime:Backbone:Kind is '{backbone}'; it must be 'inprocess'.", isTransient: false);
    }
}
