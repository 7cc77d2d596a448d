using System.Collections.Concurrent;
using Realtime.Backbones;

namespace Realtime.Testing.Fakes;

/// <summary>A backbone whose broker does as the test says. Without an order it takes every frame and brings none.</summary>
/// <param name="connectsNodes">Whether there may be other nodes.</param>
public sealed class ScriptedBackbone(bool connectsNodes = false) : IBackbone
{
    private readonly ConcurrentQueue<(int Shard, byte[] Frame)> _sent = new();

    public string Kind => "scripted";

    public bool ConnectsNodes => connectsNodes;

    public BackboneHealth Health { get; set; } = new(IsConnected: true);

    /// <summary>What was sent, in its order.</summary>
    public IReadOnlyCollection<(int Shard, byte[] Frame)> SentFrames => _sent;

    /// <summary>What becomes of a frame; may wait.</summary>
    public Func<byte[], CancellationToken, ValueTask<BackboneSend>> OnSend { get; set; } = (_, _) => new(BackboneSend.Sent);

    public IBackboneReceiver? Receiver { get; private set; }

    public ShardInterest? Interest { get; private set; }

    public ValueTask StartAsync(IBackboneReceiver receiver, ShardInterest interest, CancellationToken cancellationToken)
    {
        Receiver = receiver;
        Interest = interest;
        return ValueTask.CompletedTask;
    }

    public ValueTask<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        var copy = frame.ToArray();
        _sent.Enqueue((shard, copy));
        return OnSend(copy, cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
