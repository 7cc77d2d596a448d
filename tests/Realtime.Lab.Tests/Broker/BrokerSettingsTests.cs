using Realtime.Lab.Broker;

namespace Realtime.Lab.Tests.Broker;

public sealed class BrokerSettingsTests
{
    [Fact]
    public void The_defaults_are_right_for_every_mode() =>
        Assert.All(BrokerMode.All, mode => Assert.Null(new BrokerSettings { Mode = mode.Name }.Problem()));

    [Fact]
    public void What_is_out_of_bounds_is_said_in_a_sentence()
    {
        Assert.StartsWith("mode must be one of push-1, ", new BrokerSettings { Mode = "kafka" }.Problem(), StringComparison.Ordinal);
        Assert.Equal("rate must be 10 to 5,000.", new BrokerSettings { Rate = 9 }.Problem());
        Assert.Equal("payloadBytes must be 64 to 4,000.", new BrokerSettings { PayloadBytes = 4001 }.Problem());
        Assert.Equal("channels must be 1 to 32.", new BrokerSettings { Channels = 33 }.Problem());
        Assert.Equal("slowSeconds must be 1 to 60.", new BrokerSettings { SlowSeconds = double.NaN }.Problem());
        Assert.StartsWith("rate × payloadBytes must be at most", new BrokerSettings { Rate = 5000, PayloadBytes = 1000 }.Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Channels_are_of_different_shards()
    {
        var channels = BrokerCluster.ChannelsOf(32);
        Assert.Equal(32, channels.Count);
        Assert.Equal(32, channels.Select(Realtime.Backbones.ShardInterest.ShardOf).Distinct().Count());
    }
}
