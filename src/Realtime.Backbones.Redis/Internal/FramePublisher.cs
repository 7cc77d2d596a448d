using StackExchange.Redis;

namespace Realtime.Backbones.Redis.Internal;

/// <summary>Publishes frames, and bounds what Redis has not answered yet.</summary>
internal sealed class FramePublisher(ISubscriber publisher, ShardChannels channels, RedisAddress address, ConnectionState state)
{
    /// <summary>What may wait for an answer; while Redis hangs, it waits until the driver's timeout.</summary>
    private const int MaxFrames = 10_000;

    private const long MaxBytes = 64L << 20;

    private int _frames;
    private long _bytes;

    internal async Task<BackboneSend> SendAsync(int shard, ReadOnlyMemory<byte> frame)
    {
        try
        {
            // One frame may go whatever its size.
            var frames = Interlocked.Increment(ref _frames);
            if (Interlocked.Add(ref _bytes, frame.Length) > MaxBytes && frames > 1 || frames > MaxFrames)
                return BackboneSend.Lost;
            // A copy: the driver may hold on to what it is given after it has given up.
            await publisher.PublishAsync(channels[shard], frame.ToArray());
            state.Works("Frames go to " + address.Servers);
            return BackboneSend.Sent;
        }
        catch (RedisServerException e)
        {
            // It may not publish. All else is about the connection, which is watched elsewhere.
            state.Fails(address.Explain(e));
            return BackboneSend.Lost;
        }
        catch (Exception)
        {
            // Whatever ended the driver's connection it hands out here, its own disposal too.
            return BackboneSend.Lost;
        }
        finally
        {
            Interlocked.Decrement(ref _frames);
            Interlocked.Add(ref _bytes, -frame.Length);
        }
    }
}
