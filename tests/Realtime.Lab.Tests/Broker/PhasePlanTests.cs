using Realtime.Lab.Broker;

namespace Realtime.Lab.Tests.Broker;

public sealed class PhasePlanTests
{
    private static readonly BrokerSettings Settings = new() { NormalSeconds = 2, SlowSeconds = 3, RecoverySeconds = 2 };

    private readonly PhasePlan _plan = new(Settings);

    [Fact]
    public void By_the_clock_a_node_is_slow_for_a_while_and_then_catches_up()
    {
        Assert.Equal(BrokerPhase.Normal, At(1.9));
        Assert.Equal(BrokerPhase.Slow, At(2));
        Assert.Equal(BrokerPhase.Slow, At(4.9));
        Assert.Equal(BrokerPhase.Recovery, At(5));
        Assert.Equal(BrokerPhase.Recovery, At(5.5, caughtUp: true));
        Assert.Equal(TimeSpan.FromSeconds(0.5), _plan.CaughtUpAfter);
        Assert.Equal(BrokerPhase.Recovery, At(6.9));
        Assert.Equal(BrokerPhase.Done, At(7));
    }

    [Fact]
    public void A_node_that_does_not_catch_up_is_waited_for_but_not_for_ever()
    {
        At(2);
        At(5);
        Assert.Equal(BrokerPhase.Recovery, At(34.9));
        Assert.Equal(BrokerPhase.Done, At(35));
        Assert.Null(_plan.CaughtUpAfter);
    }

    [Fact]
    public void Who_switches_by_hand_takes_the_schedule_over()
    {
        _plan.Switch(slow: true, TimeSpan.FromSeconds(0.5));
        Assert.Equal(BrokerPhase.Slow, At(30));
        _plan.Switch(slow: false, TimeSpan.FromSeconds(31));
        Assert.Equal(BrokerPhase.Recovery, At(32, caughtUp: true));
        _plan.Switch(slow: true, TimeSpan.FromSeconds(32.5));
        Assert.Equal((BrokerPhase.Slow, null), (At(60), _plan.CaughtUpAfter));
        Assert.Equal(BrokerPhase.Recovery, At(92.5));
    }

    [Fact]
    public void Switching_to_what_is_changes_nothing()
    {
        _plan.Switch(slow: false, TimeSpan.FromSeconds(1));
        Assert.Equal(BrokerPhase.Slow, At(2));
        _plan.Switch(slow: true, TimeSpan.FromSeconds(4));
        Assert.Equal(BrokerPhase.Recovery, At(5));
    }

    [Fact]
    public void A_run_ends_when_it_is_told_to_and_after_two_minutes_whatever_is_switched()
    {
        _plan.Switch(slow: true, TimeSpan.FromSeconds(100));
        Assert.Equal(BrokerPhase.Done, At(120));
        _plan.Switch(slow: true, TimeSpan.FromSeconds(121));
        Assert.Equal(BrokerPhase.Done, _plan.Current);

        var other = new PhasePlan(Settings);
        other.Finish();
        Assert.Equal(BrokerPhase.Done, other.Advance(TimeSpan.FromSeconds(1), caughtUp: false));
    }

    private BrokerPhase At(double seconds, bool caughtUp = false) => _plan.Advance(TimeSpan.FromSeconds(seconds), caughtUp);
}
