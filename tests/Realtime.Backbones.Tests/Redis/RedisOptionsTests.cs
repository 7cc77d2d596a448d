using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Realtime.Backbones.Redis;
using Realtime.Testing.Fakes;

namespace Realtime.Backbones.Tests.Redis;

public sealed class RedisOptionsTests
{
    [Theory]
    [InlineData("", "is empty")]
    [InlineData("  ", "is empty")]
    [InlineData("redis://:S3cret@host:6379", "is a URI")]
    [InlineData("host:S3cret", "names no server")]
    [InlineData(",password=S3cret", "names no server")]
    [InlineData("host,passwrod=S3cret", "has an option that StackExchange.Redis does not know")]
    [InlineData("host,password=a,S3cret=b", "has an option that StackExchange.Redis does not know")]
    [InlineData("host,ssl=S3cret", "the value of its 'ssl'")]
    [InlineData("host:99999999", "the value of its 'port'")]
    public async Task A_connection_string_that_can_not_be_read_is_refused_in_one_sentence_that_repeats_nothing_of_it(string connectionString, string reason)
    {
        var options = new RedisBackboneOptions { ConnectionString = connectionString };

        var refused = Assert.Throws<OptionsValidationException>(() => Configured(options));
        await using var backbone = new RedisBackbone(options, TimeProvider.System, NullLogger<RedisBackbone>.Instance);
        var thrown = await Assert.ThrowsAsync<RealtimeException>(
            () => backbone.StartAsync(new RecordingReceiver(), new ShardInterest(), TestContext.Current.CancellationToken).AsTask());
        var atBackplane = Assert.Throws<RealtimeException>(() => new ServiceCollection().AddSignalRRedisBackplane(connectionString));

        Assert.False(thrown.IsTransient);
        Assert.Equal(refused.Message, thrown.Message);
        Assert.StartsWith("Realtime:Backbone:ConnectionString ", thrown.Message, StringComparison.Ordinal);
        Assert.All([thrown.Message, atBackplane.Message], message =>
        {
            Assert.Contains(reason, message, StringComparison.Ordinal);
            Assert.DoesNotContain("S3cret", message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("", 10_000, 64 << 20, "Realtime:Backbone:ChannelPrefix is empty")]
    [InlineData("realtime:", 0, 64 << 20, "Realtime:Backbone:ReceiveLimit is 0")]
    [InlineData("realtime:", 1_000_001, 64 << 20, "Realtime:Backbone:ReceiveLimit is 1000001")]
    [InlineData("realtime:", 10_000, 1_000, "Realtime:Backbone:ReceiveLimitBytes is 1000")]
    public void Other_settings_out_of_range_are_refused(string prefix, int limit, long bytes, string reason)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Configured(
            new RedisBackboneOptions { ConnectionString = "host", ChannelPrefix = prefix, ReceiveLimit = limit, ReceiveLimitBytes = bytes }));

        Assert.StartsWith(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_taken()
    {
        var options = Configured(new RedisBackboneOptions { ConnectionString = "host" });

        Assert.Equal(("realtime:", 10_000, 64L << 20), (options.ChannelPrefix, options.ReceiveLimit, options.ReceiveLimitBytes));
    }

    private static RedisBackboneOptions Configured(RedisBackboneOptions wanted)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddRedisBackbone(options =>
        {
            options.ConnectionString = wanted.ConnectionString;
            options.ChannelPrefix = wanted.ChannelPrefix;
            options.ReceiveLimit = wanted.ReceiveLimit;
            options.ReceiveLimitBytes = wanted.ReceiveLimitBytes;
        });
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<RedisBackboneOptions>>().Value;
    }
}
