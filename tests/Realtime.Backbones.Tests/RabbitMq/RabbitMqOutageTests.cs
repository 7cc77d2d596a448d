using Realtime.Testing.Conformance;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.RabbitMq;

[Collection(PrivateBrokers.Name)]
public sealed class RabbitMqBackboneOutageTests(PrivateBroker broker) : RabbitMqOutageConformance(broker), IClassFixture<PrivateBroker>
{
    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(World.Push());
}

[Collection(PrivateBrokers.Name)]
public sealed class RabbitMqStreamOutageTests(PrivateBroker broker) : RabbitMqOutageConformance(broker), IClassFixture<PrivateBroker>
{
    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(World.FromStream());
}

public abstract class RabbitMqOutageConformance : BrokerOutageConformance
{
    private readonly PrivateBroker _broker;

    protected RabbitMqOutageConformance(PrivateBroker broker)
    {
        // Skips the test where there is no RabbitMQ.
        _ = TestServices.RabbitMq;
        _broker = broker;
        World = new RabbitMqWorld(broker.Address, outlivesTest: false);
    }

    private protected RabbitMqWorld World { get; }

    protected override Task StartBrokerAsync() => _broker.StartAsync();

    protected override Task EndBrokerAsync(bool kills) => _broker.EndAsync(kills);

    protected override Task FreezeBrokerAsync() => _broker.FreezeAsync();

    protected override Task ThawBrokerAsync() => _broker.ThawAsync();

    protected override async ValueTask CleanUpAsync()
    {
        await _broker.ThawAsync();
        await World.DisposeAsync();
    }
}
