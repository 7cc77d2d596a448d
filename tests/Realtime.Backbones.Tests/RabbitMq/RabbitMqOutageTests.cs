using Realtime.Testing.Conformance;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.RabbitMq;

[Collection(PrivateBrokers.Name)]
public sealed class RabbitMqBackboneOutageTests : RabbitMqOutageConformance
{
    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(World.Push());
}

[Collection(PrivateBrokers.Name)]
public sealed class RabbitMqStreamOutageTests : RabbitMqOutageConformance
{
    private bool _isPrepared;

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(World.FromStream());

    /// <summary>
    /// RabbitMQ 3.10 forgets where its coordinator of streams is if it is killed within seconds after its very first stream was made, and then none of them
    /// works any more. So that this is not what is tested, the broker makes one and ends in order before it is used.
    /// </summary>
    protected override async Task StartBrokerAsync()
    {
        await base.StartBrokerAsync();
        if (_isPrepared)
            return;
        _isPrepared = true;
        await World.DeclareAnyStreamAsync();
        await EndBrokerAsync(kills: false);
        await base.StartBrokerAsync();
    }
}

public abstract class RabbitMqOutageConformance : BrokerOutageConformance
{
    private readonly PrivateService _broker;

    protected RabbitMqOutageConformance()
    {
        // Skips the test where there is no RabbitMQ.
        _ = TestServices.RabbitMq;
        _broker = PrivateService.Create("rabbitmq");
        World = new RabbitMqWorld(_broker.Address, outlivesTest: false);
    }

    private protected RabbitMqWorld World { get; }

    protected override Task StartBrokerAsync() => _broker.StartAsync();

    protected override Task EndBrokerAsync(bool kills) => kills ? _broker.KillAsync() : _broker.StopAsync();

    protected override Task FreezeBrokerAsync() => _broker.FreezeAsync();

    protected override Task ThawBrokerAsync() => _broker.ThawAsync();

    protected override async ValueTask CleanUpAsync()
    {
        await World.DisposeAsync();
        await _broker.DisposeAsync();
    }
}

/// <summary>One after the other: a broker takes a processor for some seconds to start.</summary>
[CollectionDefinition(Name)]
public sealed class PrivateBrokers
{
    internal const string Name = "private RabbitMQ brokers";
}
