using Microsoft.Extensions.Options;
using Realtime.Stores.Redis.Internal;

namespace Realtime.Stores.Redis;

/// <summary>Settings of mailboxes in Redis (<c>Realtime:Redis</c>). Read once, when the store is made.</summary>
public sealed class RedisMailboxOptions
{
    /// <summary>
    /// The server in the notation of StackExchange.Redis, such as <c>host:6379,password=secret</c>; required. One server or one with replicas; Redis Cluster
    /// is not supported, because a script writes many mailboxes. Where it says no <c>asyncTimeout</c>, a command that is not answered fails after two seconds.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>What the names of keys begin with; <c>realtime:</c> by default. Nodes with the same prefix on the same Redis share their mailboxes.</summary>
    public string KeyPrefix { get; set; } = "realtime:";
}

internal sealed class RedisMailboxOptionsValidator : IValidateOptions<RedisMailboxOptions>
{
    public ValidateOptionsResult Validate(string? name, RedisMailboxOptions options)
    {
        var refusals = new ValidateOptionsResultBuilder();
        if (RedisAddress.Refusal(options.ConnectionString) is { } refusal)
            refusals.AddError($"{RedisAddress.Setting} {refusal}");
        if (string.IsNullOrWhiteSpace(options.KeyPrefix))
            refusals.AddError("Realtime:Redis:KeyPrefix is empty: it has to set this product's keys apart from others on the same Redis.");
        return refusals.Build();
    }
}
