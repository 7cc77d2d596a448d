using Realtime.Testing.Conformance;
using Realtime.Testing.Services;

namespace Realtime.Backbones.Tests.RabbitMq;

public sealed class RabbitMqBackboneConformanceTests : BackboneConformance
{
    private const int Prefetch = 20;

    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);

    protected override string Kind => "rabbitmq";

    protected override int MaxUnacknowledged(int queueFrames) => Prefetch;

    protected override bool CountsDropped => false;

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(_world.Push(options =>
    {
        options.QueueLimit = queueFrames;
        options.Prefetch = Prefetch;
    }));

    protected override ValueTask CleanUpAsync() => _world.DisposeAsync();
}

public sealed class RabbitMqRejectingConformanceTests : BackboneConformance
{
    private const int Prefetch = 20;

    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);

    protected override string Kind => "rabbitmq";

    protected override int MaxUnacknowledged(int queueFrames) => Prefetch;

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(_world.Push(options =>
    {
        options.QueueLimit = queueFrames;
        options.Prefetch = Prefetch;
        options.Overflow = "reject-publish";
    }));

    protected override ValueTask CleanUpAsync() => _world.DisposeAsync();
}

public sealed class RabbitMqStreamConformanceTests : BackboneConformance
{
    private const int Prefetch = 20;

    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);

    protected override string Kind => "rabbitmq-stream";

    /// <summary>The broker hands over whole chunks.</summary>
    protected override int MaxUnacknowledged(int queueFrames) => Prefetch + 32;

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(_world.FromStream(options =>
    {
        options.Prefetch = Prefetch;
        options.StreamMaxBytes = 1_000_000;
    }));

    protected override ValueTask CleanUpAsync() => _world.DisposeAsync();
}

public sealed class RabbitMqNodeTests : NodeConformance
{
    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(_world.Push(options => options.QueueLimit = queueFrames));

    protected override ValueTask CleanUpAsync() => _world.DisposeAsync();
}

public sealed class RabbitMqStreamNodeTests : NodeConformance
{
    private readonly RabbitMqWorld _world = new(TestServices.RabbitMq);

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => new(_world.FromStream());

    protected override ValueTask CleanUpAsync() => _world.DisposeAsync();
}
