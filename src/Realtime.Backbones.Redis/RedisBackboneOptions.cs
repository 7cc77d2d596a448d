using Microsoft.Extensions.Options;
using Realtime.Backbones.Redis.Internal;

namespace Realtime.Backbones.Redis;

/// <summary>Settings of the Redis backbone (<c>Realtime:Backbone</c>). Read once, when the backbone is made.</summary>
public sealed class RedisBackboneOptions
{
    /// <summary>The server in the notation of StackExchange.Redis, such as <c>host:6379,password=secret</c>; required.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>
    /// What the names of this product's pub/sub channels begin with; <c>realtime:</c> by default. Nodes with the same prefix on the same Redis belong
    /// together.
    /// </summary>
    public string ChannelPrefix { get; set; } = "realtime:";

    /// <summary>
    /// The most frames that wait in this node until it takes them: 1 to 1,000,000, 10,000 by default. Above it the oldest are dropped, and the node
    /// pulls what it lacks from the store.
    /// </summary>
    public int ReceiveLimit { get; set; } = 10_000;

    /// <summary>The most bytes of those frames: 1 MiB or more, 64 MiB by default.</summary>
    public long ReceiveLimitBytes { get; set; } = 64L << 20;
}

internal sealed class RedisBackboneOptionsValidator : IValidateOptions<RedisBackboneOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisBackboneOptions options)
    {
        var refusals = new ValidateOptionsResultBuilder();
        if (RedisAddress.Refusal(options.ConnectionString) is { } refusal)
            refusals.AddError($"Realtime:Backbone:ConnectionString {refusal}");
        if (string.IsNullOrWhiteSpace(options.ChannelPrefix))
            refusals.AddError("Realtime:Backbone:ChannelPrefix is empty: it has to set this product's channels apart from others on the same Redis.");
        if (options.ReceiveLimit is < 1 or > 1_000_000)
            refusals.AddError($"Realtime:Backbone:ReceiveLimit is {options.ReceiveLimit}: it has to be from 1 to 1000000.");
        if (options.ReceiveLimitBytes < 1 << 20)
            refusals.AddError($"Realtime:Backbone:ReceiveLimitBytes is {options.ReceiveLimitBytes}: it has to be 1048576 or more.");
        return refusals.Build();
    }
}
