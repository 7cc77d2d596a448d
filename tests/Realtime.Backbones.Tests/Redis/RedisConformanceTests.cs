using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Backbones.Redis;
using Realtime.Testing.Conformance;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.Redis;

public sealed class RedisBackboneTests : BackboneConformance
{
    private readonly string _prefix = RedisMembers.NewPrefix();

    protected override string Kind => "redis";

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(RedisMembers.Create(TestServices.Redis, _prefix, queueFrames));
}

public sealed class RedisNodeTests : NodeConformance
{
    private readonly string _prefix = RedisMembers.NewPrefix();

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(RedisMembers.Create(TestServices.Redis, _prefix, queueFrames));
}

public sealed class RedisOutageTests : BrokerOutageConformance
{
    private readonly PrivateService _redis = PrivateService.Create("redis");

    public override ValueTask InitializeAsync()
    {
        // Skips where there is no Redis to start.
        _ = TestServices.Redis;
        return base.InitializeAsync();
    }

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(RedisMembers.Create(_redis.Address, "realtime:", queueFrames));

    protected override Task StartBrokerAsync() => _redis.StartAsync();

    protected override Task EndBrokerAsync(bool kills) => kills ? _redis.KillAsync() : _redis.StopAsync();

    protected override Task FreezeBrokerAsync() => _redis.FreezeAsync();

    protected override Task ThawBrokerAsync() => _redis.ThawAsync();

    protected override ValueTask CleanUpAsync() => _redis.DisposeAsync();
}

internal static class RedisMembers
{
    /// <summary>What sets the channels of one test apart on the Redis that all share.</summary>
    internal static string NewPrefix() => $"test-{Guid.NewGuid():N}:";

    internal static IBackbone Create(string address, string prefix, int queueFrames) => new RedisBackbone(
        new RedisBackboneOptions { ConnectionString = address, ChannelPrefix = prefix, ReceiveLimit = queueFrames },
        TimeProvider.System,
        NullLogger<RedisBackbone>.Instance);
}
