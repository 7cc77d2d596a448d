using Realtime.Feeds;
using Realtime.Stores.Redis;
using Realtime.Testing.Conformance;
using Realtime.Testing.Services;

namespace Realtime.Stores.Tests;

public sealed class InMemoryMailboxStoreTests : MailboxStoreConformance
{
    protected override ValueTask<IMailboxStore> CreateAsync(FeedOptions options) => new(new InMemoryMailboxStore(options, TimeProvider.System));
}

public sealed class InMemoryMailboxStorePropertyTests : MailboxStoreProperties
{
    protected override int Sequences => 3_000;

    protected override ValueTask<IMailboxStore> CreateAsync(FeedOptions options) => new(new InMemoryMailboxStore(options, TimeProvider.System));
}

public sealed class RedisMailboxStoreTests : MailboxStoreConformance
{
    protected override ValueTask<IMailboxStore> CreateAsync(FeedOptions options) => new(RedisMailboxes.Create(TestServices.Redis, options));
}

public sealed class RedisMailboxStorePropertyTests : MailboxStoreProperties
{
    protected override int Sequences => 150;

    protected override ValueTask<IMailboxStore> CreateAsync(FeedOptions options) => new(RedisMailboxes.Create(TestServices.Redis, options));
}

internal static class RedisMailboxes
{
    /// <summary>A store under a prefix of its own; what is left in a server that outlives the test expires.</summary>
    internal static RedisMailboxStore Create(string address, FeedOptions options, string? prefix = null)
    {
        options.InactiveAfter = TimeSpan.FromMinutes(2);
        return new RedisMailboxStore(
            new RedisMailboxOptions { ConnectionString = address, KeyPrefix = prefix ?? $"test:{Guid.NewGuid():N}:" },
            options,
            TimeProvider.System);
    }
}
