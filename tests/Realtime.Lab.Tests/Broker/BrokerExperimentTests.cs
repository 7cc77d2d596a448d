using Microsoft.Extensions.Logging.Abstractions;
using Realtime.Lab.Broker;
using Realtime.Lab.Results;
using Realtime.Testing.Fakes;

namespace Realtime.Lab.Tests.Broker;

public sealed class BrokerExperimentTests
{
    private static readonly BrokerSettings Short = new() { Rate = 200, NormalSeconds = 1, SlowSeconds = 2, RecoverySeconds = 1, QueueLimit = 20, Channels = 4 };

    private readonly InProcessAccess _access = new();

    [Fact]
    public async Task A_slow_node_falls_behind_loses_frames_and_gets_every_message_all_the_same()
    {
        var samples = new List<BrokerSample>();
        var result = await Experiment(Short with { Mode = "push-100" }).RunAsync(samples.Add, TestContext.Current.CancellationToken);

        Assert.Equal([BrokerPhase.Normal, BrokerPhase.Slow, BrokerPhase.Recovery], result.Phases.Select(phase => phase.Phase));
        Assert.Equal(samples, result.Samples);
        Assert.All(result.Checks, check => Assert.True(check.Outcome != CheckOutcome.Failed, $"{check.Name}: {check.Detail}"));
        Assert.True(result.Accepted > 300, $"{result.Accepted} accepted");
        Assert.Equal(0, result.Refused);
        var slow = result.Of(BrokerPhase.Slow)!;
        Assert.True(slow.QueueDepthMax >= 10, $"{slow.QueueDepthMax} frames waited");
        Assert.True(result.Phases.Sum(phase => phase.FramesMissed) > 0, "no frame was dropped");
        Assert.True(samples.Max(sample => sample.Slow.HeadsHealed) > 0, "nothing was healed");
        Assert.Contains(samples, sample => sample.Phase == BrokerPhase.Slow && sample.Slow.SlowdownMs > 0 && sample.Fast.SlowdownMs == 0);
        Assert.Single(_access.Removed);
    }

    [Fact]
    public async Task Where_a_full_queue_refuses_publishers_are_told()
    {
        var result = await Experiment(Short with { Mode = "push-reject" }).RunAsync(_ => { }, TestContext.Current.CancellationToken);

        Assert.All(result.Checks, check => Assert.True(check.Outcome != CheckOutcome.Failed, $"{check.Name}: {check.Detail}"));
        Assert.True(result.Refused > 0, "no publish was refused");
        Assert.True(result.Of(BrokerPhase.Slow)!.FramesRefused > 0, "no frame was refused");
    }

    [Fact]
    public async Task Who_switches_and_stops_by_hand_gets_the_result_of_that()
    {
        var experiment = Experiment(Short with { NormalSeconds = 30 });
        var slow = false;
        var running = experiment.RunAsync(
            sample =>
            {
                if (sample.Seconds >= 0.5 && !slow)
                {
                    experiment.SetSlow(true);
                    slow = true;
                }

                if (sample.Phase == BrokerPhase.Slow && sample.Seconds >= 1)
                    experiment.Finish();
            },
            TestContext.Current.CancellationToken);

        var result = await running.Within("a run that was stopped by hand");
        Assert.Equal([BrokerPhase.Normal, BrokerPhase.Slow], result.Phases.Select(phase => phase.Phase));
        Assert.True(result.IsValid, string.Join("; ", result.Checks.Select(check => check.Detail)));
    }

    [Fact]
    public async Task A_run_that_is_broken_off_cleans_up()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Experiment(Short).RunAsync(_ => stop.Cancel(), stop.Token));

        Assert.Single(_access.Removed);
    }

    private BrokerExperiment Experiment(BrokerSettings settings) => new(settings, _access, TimeProvider.System, NullLoggerFactory.Instance);
}
