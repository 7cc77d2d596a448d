using Realtime.Testing.Conformance;

namespace Realtime.Backbones.Tests;

public sealed class InProcessBackboneTests : BackboneConformance
{
    private readonly InProcessExchange _exchange = new();

    protected override string Kind => "inprocess";

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new InProcessBackbone(_exchange, queueFrames));
}

public sealed class RefusingInProcessBackboneTests : BackboneConformance
{
    private readonly InProcessExchange _exchange = new(InProcessOverflow.Refuse);

    protected override string Kind => "inprocess";

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new InProcessBackbone(_exchange, queueFrames));
}
