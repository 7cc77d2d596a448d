using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Backbones.Redis;
using Realtime.Testing.Conformance;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.Redis;

public sealed class RedisBackboneTests : BackboneConformance
{
    private readonly string _prefix = $"test-{Guid.NewGuid():N}:";

    protected override string Kind => "redis";

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new RedisBackbone(
        new RedisBackboneOptions { ConnectionString = TestServices.Redis, ChannelPrefix = _prefix, ReceiveLimit = queueFrames },
        TimeProvider.System,
        NullLogger<RedisBackbone>.Instance));
}

public sealed class RedisOutageTests : BrokerOutageConformance
{
    private readonly PrivateService _redis = PrivateService.Create("redis");

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new RedisBackbone(
        new RedisBackboneOptions { ConnectionString = _redis.Address, ReceiveLimit = queueFrames }, TimeProvider.System, NullLogger<RedisBackbone>.Instance));

    protected override Task StartBrokerAsync() => _redis.StartAsync();

    protected override Task EndBrokerAsync(bool kills) => kills ? _redis.KillAsync() : _redis.StopAsync();

    protected override Task FreezeBrokerAsync() => _redis.FreezeAsync();

    protected override Task ThawBrokerAsync() => _redis.ThawAsync();

    protected override ValueTask CleanUpAsync() => _redis.DisposeAsync();
}
