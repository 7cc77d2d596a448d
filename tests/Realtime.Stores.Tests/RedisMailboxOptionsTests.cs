using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Realtime.Feeds;
using Realtime.Stores.Redis;

namespace Realtime.Stores.Tests;

public sealed class RedisMailboxOptionsTests
{
    [Theory]
    [InlineData("", "is empty")]
    [InlineData("redis://:S3cret@host:6379", "is a URI")]
    [InlineData("host:S3cret", "names no server")]
    [InlineData("host,passwrod=S3cret", "has an option that StackExchange.Redis does not know")]
    [InlineData("host,ssl=S3cret", "the value of its 'ssl'")]
    public void A_connection_string_that_can_not_be_read_is_refused_in_one_sentence_that_repeats_nothing_of_it(string connectionString, string reason)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Configured(connectionString, "realtime:"));
        var thrown = Assert.Throws<RealtimeException>(() => new RedisMailboxStore(
            new RedisMailboxOptions { ConnectionString = connectionString }, new FeedOptions(), TimeProvider.System));

        Assert.False(thrown.IsTransient);
        Assert.Equal(refused.Message, thrown.Message);
        Assert.StartsWith("Realtime:Redis:ConnectionString ", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(reason, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cret", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_prefix_is_refused() => Assert.StartsWith(
        "Realtime:Redis:KeyPrefix is empty", Assert.Throws<OptionsValidationException>(() => Configured("host", " ")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_registered_store_is_the_one_in_Redis()
    {
        await using var provider = Services("host:6379", "realtime:").BuildServiceProvider();

        Assert.IsType<RedisMailboxStore>(provider.GetRequiredService<IMailboxStore>());
        Assert.Equal("realtime:", new RedisMailboxOptions().KeyPrefix);
    }

    private static void Configured(string connectionString, string prefix)
    {
        using var provider = Services(connectionString, prefix).BuildServiceProvider();
        _ = provider.GetRequiredService<IOptions<RedisMailboxOptions>>().Value;
    }

    private static IServiceCollection Services(string connectionString, string prefix) =>
        new ServiceCollection().AddRedisMailboxStore(options => (options.ConnectionString, options.KeyPrefix) = (connectionString, prefix));
}
