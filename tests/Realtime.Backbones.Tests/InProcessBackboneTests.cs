using Realtime.Testing.Conformance;
using Realtime.Testing.Fakes;

namespace Realtime.Backbones.Tests;

public sealed class InProcessBackboneTests : BackboneConformance
{
    private readonly InProcessExchange _exchange = new();

    protected override string Kind => "inprocess";

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new InProcessBackbone(_exchange, queueFrames));

    [Fact]
    public async Task A_node_that_is_alone_is_always_connected_and_sends_to_nobody()
    {
        await using var alone = new InProcessBackbone();
        Assert.False(alone.ConnectsNodes);

        await alone.StartAsync(new RecordingReceiver(), new ShardInterest(), Cancel);

        Assert.True(alone.Health.IsConnected);
        Assert.Equal(BackboneSend.Sent, await alone.SendAsync(1, new byte[1], Cancel));
    }

    [Fact]
    public async Task The_bytes_that_wait_are_bounded_too()
    {
        var a = await JoinAsync();
        await using var slow = new BackboneMember(new InProcessBackbone(_exchange, capacity: 1_000, maxBytes: 10_000));
        await slow.StartAsync(1);
        slow.Receiver.Close();

        for (var number = 0; number < 20; number++)
            await a.MustSendAsync(1, number, size: 4_000);

        Assert.InRange(slow.Backbone.Health.QueueDepth!.Value, 1, 2);
        slow.Receiver.Open();
        await slow.Receiver.UntilAsync(() => slow.Numbers().Contains(19), "the newest frame");
    }
}

public sealed class RefusingInProcessBackboneTests : BackboneConformance
{
    private readonly InProcessExchange _exchange = new(InProcessOverflow.Refuse);

    protected override string Kind => "inprocess";

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new InProcessBackbone(_exchange, queueFrames));
}

public sealed class InProcessNodeTests : NodeConformance
{
    private readonly InProcessExchange _exchange = new();

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new InProcessBackbone(_exchange, queueFrames));
}

public sealed class RefusingInProcessNodeTests : NodeConformance
{
    private readonly InProcessExchange _exchange = new(InProcessOverflow.Refuse);

    protected override ValueTask<IBackbone> CreateAsync(int queueFrames) => ValueTask.FromResult<IBackbone>(new InProcessBackbone(_exchange, queueFrames));
}
