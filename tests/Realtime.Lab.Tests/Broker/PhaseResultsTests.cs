using Realtime.Lab.Broker;

namespace Realtime.Lab.Tests.Broker;

public sealed class PhaseResultsTests
{
    [Fact]
    public void Rates_are_averaged_by_time_peaks_kept_and_counts_told_as_growth()
    {
        BrokerSample[] samples =
        [
            BrokerSamples.Sample(1, BrokerPhase.Normal) with { AcceptedPerSecond = 100, FramesRefused = 2 },
            BrokerSamples.Sample(2, BrokerPhase.Slow) with { AcceptedPerSecond = 90, FramesRefused = 3, Slow = new NodeSample { Lag = 50, QueueDepth = 7, FramesMissed = 1 } },
            BrokerSamples.Sample(5, BrokerPhase.Slow) with { AcceptedPerSecond = 50, RefusedPerSecond = 40, FramesRefused = 9, Slow = new NodeSample { Lag = 40, UnacknowledgedBytes = 9, FramesMissed = 4 } },
            BrokerSamples.Sample(6, BrokerPhase.Recovery) with { AcceptedPerSecond = 100, FramesRefused = 9, Slow = new NodeSample { FramesMissed = 6 } },
        ];

        var phases = PhaseResults.Of(samples, _ => default);

        Assert.Equal([BrokerPhase.Normal, BrokerPhase.Slow, BrokerPhase.Recovery], phases.Select(phase => phase.Phase));
        var slow = phases[1];
        Assert.Equal((4, 60, 30), (slow.Seconds, slow.AcceptedPerSecond, slow.RefusedPerSecond));
        Assert.Equal((50, 7L, 9), (slow.SlowLagMax, slow.QueueDepthMax, slow.UnacknowledgedBytesMax));
        Assert.Equal((2, 7, 0), (phases[0].FramesRefused, slow.FramesRefused, phases[2].FramesRefused));
        Assert.Equal((4, 2), (slow.FramesMissed, phases[2].FramesMissed));
    }

    [Fact]
    public void A_phase_that_came_twice_counts_once_and_one_that_never_came_not_at_all()
    {
        BrokerSample[] samples = [BrokerSamples.Sample(1, BrokerPhase.Slow), BrokerSamples.Sample(2, BrokerPhase.Recovery), BrokerSamples.Sample(4, BrokerPhase.Slow)];

        Assert.Equal([(BrokerPhase.Slow, 3), (BrokerPhase.Recovery, 1)], PhaseResults.Of(samples, _ => default).Select(phase => (phase.Phase, phase.Seconds)));
    }
}
