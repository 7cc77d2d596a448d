using System.Buffers.Binary;
using System.Security.Cryptography;
using Realtime.Backbones;

namespace Realtime.Testing.Fakes;

/// <summary>One node on a backbone: the backbone's end, what it wants and what it gets.</summary>
public sealed class BackboneMember(IBackbone backbone) : IAsyncDisposable
{
    private const int NumberSize = sizeof(int);

    public IBackbone Backbone { get; } = backbone;

    public RecordingReceiver Receiver { get; } = new();

    public ShardInterest Interest { get; } = new();

    /// <summary>A frame that begins with a number; what follows can be checked.</summary>
    public static byte[] Frame(int number, int size = 64)
    {
        var frame = new byte[Math.Max(size, NumberSize)];
        new Random(number).NextBytes(frame);
        BinaryPrimitives.WriteInt32LittleEndian(frame, number);
        return frame;
    }

    /// <summary>The numbers of the frames that came, each of which must be intact.</summary>
    public int[] Numbers() => [.. Receiver.Frames.Select(frame =>
    {
        var number = BinaryPrimitives.ReadInt32LittleEndian(frame);
        Assert.True(SHA256.HashData(frame).SequenceEqual(SHA256.HashData(Frame(number, frame.Length))), $"frame {number} is damaged");
        return number;
    })];

    /// <summary>Starts to connect, wanting some shards.</summary>
    public async Task StartAsync(params int[] shards)
    {
        Want(shards);
        await Backbone.StartAsync(Receiver, Interest, TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until it is connected and subscribed to what it wants.</summary>
    public Task ConnectedAsync(int missed = 0) => Receiver.UntilAsync(
        () => Receiver.Missed > missed && Backbone.Health.IsConnected, $"a connection, of which it says: {Backbone.Health.Detail}");

    /// <summary>Wants more shards.</summary>
    public void Want(params int[] shards)
    {
        ArgumentNullException.ThrowIfNull(shards);
        foreach (var shard in shards)
            Interest.Add(shard);
    }

    /// <summary>Wants some shards no longer.</summary>
    public void Unwant(params int[] shards)
    {
        ArgumentNullException.ThrowIfNull(shards);
        foreach (var shard in shards)
            Interest.Remove(shard);
    }

    /// <summary>Sends a frame.</summary>
    public Task<BackboneSend> SendAsync(int shard, int number, int size = 64) =>
        Backbone.SendAsync(shard, Frame(number, size), TestContext.Current.CancellationToken).AsTask().Within($"what became of frame {number}");

    /// <summary>Sends a frame, which the broker must take.</summary>
    public async Task MustSendAsync(int shard, int number, int size = 64) => Assert.Equal(BackboneSend.Sent, await SendAsync(shard, number, size));

    public ValueTask DisposeAsync() => Backbone.DisposeAsync();
}
