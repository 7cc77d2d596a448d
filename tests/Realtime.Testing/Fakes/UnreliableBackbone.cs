using Realtime.Backbones;

namespace Realtime.Testing.Fakes;

/// <summary>A backbone that loses, repeats and reorders what it brings, as a test says; what nodes say of themselves it leaves alone.</summary>
/// <param name="inner">Carries the frames; disposed with this.</param>
public sealed class UnreliableBackbone(IBackbone inner) : IBackbone
{
    private int _brought;

    /// <summary>What is made of a frame that came: what the node gets instead, in that order. The first argument counts the frames from 0.</summary>
    public Func<int, byte[], IEnumerable<byte[]>>? Fault { get; set; }

    /// <summary>How many frames with messages or signals came.</summary>
    public int Brought => Volatile.Read(ref _brought);

    public string Kind => inner.Kind;

    public bool ConnectsNodes => inner.ConnectsNodes;

    public BackboneHealth Health => inner.Health;

    public ValueTask StartAsync(IBackboneReceiver receiver, ShardInterest interest, CancellationToken cancellationToken) =>
        inner.StartAsync(new FaultyReceiver(this, receiver), interest, cancellationToken);

    public ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        inner.SendAsync(shard, frame, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class FaultyReceiver(UnreliableBackbone backbone, IBackboneReceiver receiver) : IBackboneReceiver
    {
        public async ValueTask ReceiveAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
        {
            if (!FrameHeader.TryOpen(frame, out var header, out _) || header.Kind is not (FrameKind.Messages or FrameKind.Signal))
            {
                await receiver.ReceiveAsync(frame, cancellationToken);
                return;
            }

            var number = Interlocked.Increment(ref backbone._brought) - 1;
            if (backbone.Fault is not { } fault)
            {
                await receiver.ReceiveAsync(frame, cancellationToken);
                return;
            }

            foreach (var one in fault(number, frame.ToArray()))
                await receiver.ReceiveAsync(one, cancellationToken);
        }

        public void MayHaveMissed() => receiver.MayHaveMissed();
    }
}
