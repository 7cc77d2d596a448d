using Microsoft.Extensions.Options;
using Realtime.Backbones;
using Realtime.Backbones.RabbitMq;
using Realtime.Backbones.Redis;
using Realtime.Delivery;
using Realtime.Feeds;
using Realtime.Presence;
using Realtime.Publishing;
using Realtime.Stores;
using Realtime.Stores.PostgreSql;
using Realtime.Stores.Redis;
using Realtime.Stores.Sqlite;
using Realtime.Transports.Access;
using Realtime.Transports.Requests;
using Realtime.WebPush;

namespace Realtime.Server;

/// <summary>Brings the settings of the configuration to the parts that they belong to.</summary>
internal static class ServerSettings
{
    private const string StoreSetting = "Realtime:Store:Kind";
    private const string BackboneSetting = "Realtime:Backbone:Kind";

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
        services.Configure<FeedOptions>(configuration.GetSection("Realtime:Feeds"));
        services.Configure<MessageStoreOptions>(limits);
        services.Configure<MessageStoreOptions>(options => configuration.GetSection("Realtime:Retention").Bind(options.Retention));
    }

    internal static void AddRealtimeStore(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("Realtime:Store");
        var kind = section["Kind"] ?? "sqlite";
        var path = section["Path"] ?? Path.Combine("data", "realtime.db");
        switch (kind)
        {
            case "sqlite":
                services.AddSqliteMessageStore(options =>
                {
                    section.Bind(options);
                    options.Path = path;
                });
                // Beside the store, so that what is kept together is lost together.
                services.PostConfigure<RealtimeAuthOptions>(auth => auth.KeyPath ??= Path.ChangeExtension(path, ".key"));
                services.PostConfigure<WebPushOptions>(push => push.KeyPath ??= Path.ChangeExtension(path, ".vapid"));
                break;
            case "memory":
                services.AddSingleton<IMessageStore>(provider => new InMemoryMessageStore(provider.GetRequiredService<MessageStoreOptions>()));
                services.AddSingleton<IPushSubscriptionStore, InMemoryPushSubscriptionStore>();
                services.AddSingleton<IConsumerStore, InMemoryConsumerStore>();
                break;
            case "postgres":
                services.AddPostgreSqlMessageStore(section.Bind);
                break;
            default:
                throw new RealtimeException($"{StoreSetting} is '{kind}'; it must be 'sqlite', 'memory' or 'postgres'.", isTransient: false);
        }
    }

    internal static void AddRealtimeBackbone(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("Realtime:Backbone");
        var kind = section["Kind"] ?? "inprocess";
        services.Configure<BackboneOptions>(section);
        switch (kind)
        {
            case "inprocess":
                services.AddSingleton<IBackbone, InProcessBackbone>();
                break;
            case "rabbitmq":
                services.AddRabbitMqBackbone(section.Bind).AddRabbitMqFanout();
                break;
            case "rabbitmq-stream":
                services.AddRabbitMqStreamBackbone(section.Bind).AddRabbitMqFanout();
                break;
            case "redis":
                services.AddRedisBackbone(section.Bind);
                break;
            default:
                throw new RealtimeException(
                    $"{BackboneSetting} is '{kind}'; it must be 'inprocess', 'rabbitmq', 'rabbitmq-stream' or 'redis'.", isTransient: false);
        }

        // The queue at the broker and the node in answers and logs go by one name.
        services.AddOptions<RabbitMqOptions>().PostConfigure<IOptions<BackboneOptions>>((rabbit, backbone) => rabbit.NodeName ??= backbone.Value.NodeName);
        var store = configuration[StoreSetting] ?? "sqlite";
        if (kind != "inprocess" && store != "postgres")
        {
            throw new RealtimeException(
                $"{BackboneSetting} is '{kind}', which connects nodes, but {StoreSetting} is '{store}', which nodes can't share; it must be 'postgres'.",
                isTransient: false);
        }

        // With it the group sends of an application's own hubs cross nodes; the Redis backbone brings it along.
        if (kind != "redis" && configuration["Realtime:Redis:ConnectionString"] is { Length: > 0 } redis)
            services.AddSignalRRedisBackplane(redis);
    }

    /// <summary>Where mailboxes are: in the Redis that nodes share, or without one in the memory of each node.</summary>
    internal static void AddRealtimeMailboxes(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("Realtime:Redis");
        if (section["ConnectionString"] is { Length: > 0 })
            services.AddRedisMailboxStore(section.Bind);
    }

    internal static void AddRealtimeWebPush(this IServiceCollection services, IConfiguration configuration) =>
        services.AddWebPush(configuration.GetSection("Realtime:WebPush").Bind);
}
