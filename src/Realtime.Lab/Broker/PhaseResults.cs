using Realtime.Lab.Results;

namespace Realtime.Lab.Broker;

/// <summary>Sums samples up by phase.</summary>
internal static class PhaseResults
{
    private static readonly BrokerPhase[] Measured = [BrokerPhase.Normal, BrokerPhase.Slow, BrokerPhase.Recovery];

    /// <summary>Sums them up. A phase that came several times, because somebody switched by hand, counts as one.</summary>
    /// <param name="samples">All samples, in their order.</param>
    /// <param name="latencies">The latencies of a phase: of publishing, at the fast node, at the slow one.</param>
    public static IReadOnlyList<BrokerPhaseResult> Of(
        IReadOnlyList<BrokerSample> samples, Func<BrokerPhase, (LatencySummary? Publish, LatencySummary? Fast, LatencySummary? Slow)> latencies)
    {
        var results = new List<BrokerPhaseResult>();
        foreach (var phase in Measured)
        {
            // Each with the one before it, which counts are differences to.
            var steps = samples.Select((sample, index) => (Before: index == 0 ? null : samples[index - 1], Now: sample)).Where(step => step.Now.Phase == phase).ToList();
            if (steps.Count > 0)
                results.Add(Sum(phase, steps, latencies(phase)));
        }

        return results;
    }

    private static BrokerPhaseResult Sum(
        BrokerPhase phase, List<(BrokerSample? Before, BrokerSample Now)> steps, (LatencySummary? Publish, LatencySummary? Fast, LatencySummary? Slow) latency)
    {
        var seconds = steps.Sum(Seconds);
        return new BrokerPhaseResult
        {
            Phase = phase,
            Seconds = seconds,
            AcceptedPerSecond = steps.Sum(step => step.Now.AcceptedPerSecond * Seconds(step)) / seconds,
            RefusedPerSecond = steps.Sum(step => step.Now.RefusedPerSecond * Seconds(step)) / seconds,
            Publish = latency.Publish,
            Fast = latency.Fast,
            Slow = latency.Slow,
            FastLagMax = steps.Max(step => step.Now.Fast.Lag),
            SlowLagMax = steps.Max(step => step.Now.Slow.Lag),
            UnacknowledgedMax = steps.Max(step => step.Now.Slow.Unacknowledged),
            UnacknowledgedBytesMax = steps.Max(step => step.Now.Slow.UnacknowledgedBytes),
            QueueDepthMax = steps.Max(step => step.Now.Slow.QueueDepth),
            SendWaitingMax = steps.Max(step => step.Now.SendWaiting),
            FramesRefused = Grown(steps, sample => sample.FramesRefused),
            FramesMissed = Grown(steps, sample => sample.Slow.FramesMissed),
            HeadsHealed = Grown(steps, sample => sample.Slow.HeadsHealed),
            MemoryMax = steps.Max(step => step.Now.MemoryBytes),
        };
    }

    private static double Seconds((BrokerSample? Before, BrokerSample Now) step) => step.Now.Seconds - (step.Before?.Seconds ?? 0);

    private static long Grown(List<(BrokerSample? Before, BrokerSample Now)> steps, Func<BrokerSample, long> count) =>
        steps.Sum(step => count(step.Now) - (step.Before is { } before ? count(before) : 0));
}
