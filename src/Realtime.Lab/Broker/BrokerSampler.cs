namespace Realtime.Lab.Broker;

/// <summary>Takes samples of a run.</summary>
internal sealed class BrokerSampler
{
    /// <summary>Over how many samples the pace of frames is measured: two seconds.</summary>
    private const int PaceSamples = 8;

    private readonly BrokerCluster _cluster;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly Queue<(double Seconds, long Frames)> _pace = [];
    private double _last;
    private long _accepted, _refused, _fast, _slow;

    public BrokerSampler(BrokerCluster cluster, TimeProvider time)
    {
        _cluster = cluster;
        _time = time;
        _started = time.GetTimestamp();
        _accepted = cluster.Load.Accepted;
        _refused = cluster.Load.Refused;
        _fast = cluster.FastReader.Delivered;
        _slow = cluster.SlowReader.Delivered;
        _pace.Enqueue((0, cluster.Fast.Meters.Received));
    }

    /// <summary>By how much each frame has to be slowed down, so that a node takes them at a tenth of the speed at which they come just now.</summary>
    public TimeSpan TenthOfSpeed
    {
        get
        {
            var (seconds, frames) = _pace.Peek();
            var pace = (_cluster.Fast.Meters.Received - frames) / Math.Max(0.001, _time.GetElapsedTime(_started).TotalSeconds - seconds);
            return TimeSpan.FromSeconds(Math.Clamp(10 / Math.Max(1, pace), 0.001, 1));
        }
    }

    /// <summary>Takes one.</summary>
    public BrokerSample Take(BrokerPhase phase)
    {
        var seconds = _time.GetElapsedTime(_started).TotalSeconds;
        var step = Math.Max(0.001, seconds - _last);
        _last = seconds;
        // Deliveries before acknowledgements: what is delivered meanwhile would look like a negative lag.
        var (fast, slow) = (_cluster.FastReader.Delivered, _cluster.SlowReader.Delivered);
        var (accepted, refused) = (_cluster.Load.Accepted, _cluster.Load.Refused);
        _pace.Enqueue((seconds, _cluster.Fast.Meters.Received));
        if (_pace.Count > PaceSamples)
            _pace.Dequeue();

        var (status, publish) = (_cluster.Publisher.Status, _cluster.Load.Latency.TakeWindow());
        var meters = _cluster.Publisher.Meters;
        var sample = new BrokerSample
        {
            Seconds = seconds,
            Phase = phase,
            AcceptedPerSecond = (accepted - _accepted) / step,
            RefusedPerSecond = (refused - _refused) / step,
            PublishP50 = publish?.P50,
            PublishP99 = publish?.P99,
            Fast = Of(_cluster.Fast, _cluster.FastReader, (fast - _fast) / step, accepted - fast),
            Slow = Of(_cluster.Slow, _cluster.SlowReader, (slow - _slow) / step, accepted - slow),
            SendWaiting = status.SendWaiting,
            SendUnconfirmed = status.SendUnconfirmed,
            FramesRefused = meters.Refused,
            FramesLost = meters.Lost,
            FramesDropped = meters.Dropped,
            Refusing = status.Refusing,
            MemoryBytes = status.MemoryBytes,
        };
        (_accepted, _refused, _fast, _slow) = (accepted, refused, fast, slow);
        return sample;
    }

    private static NodeSample Of(BrokerNode node, BrokerReader reader, double delivered, long lag)
    {
        var (status, latency) = (node.Status, reader.Latency.TakeWindow());
        return new NodeSample
        {
            DeliveredPerSecond = delivered,
            P50 = latency?.P50,
            P99 = latency?.P99,
            Lag = Math.Max(0, lag),
            Unacknowledged = status.Unacknowledged,
            UnacknowledgedBytes = status.UnacknowledgedBytes,
            QueueDepth = status.QueueDepth,
            FramesMissed = node.Meters.Missed,
            HeadsHealed = node.Meters.Healed,
            Pulling = status.Pulling,
            SlowdownMs = status.SlowdownMs,
        };
    }
}
