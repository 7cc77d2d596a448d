using System.Text.Json.Serialization;

namespace Realtime.Lab.Broker;

/// <summary>What happens to the slow node.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BrokerPhase>))]
public enum BrokerPhase
{
    /// <summary>Not measured: until frames of every channel reach both nodes.</summary>
    [JsonStringEnumMemberName("warm-up")]
    WarmUp,

    /// <summary>Both nodes take frames as they come.</summary>
    [JsonStringEnumMemberName("normal")]
    Normal,

    /// <summary>One takes them at a tenth of the speed at which they come.</summary>
    [JsonStringEnumMemberName("slow")]
    Slow,

    /// <summary>It is fast again and catches up.</summary>
    [JsonStringEnumMemberName("recovery")]
    Recovery,

    /// <summary>Nothing is published any more.</summary>
    [JsonStringEnumMemberName("done")]
    Done,
}

/// <summary>Which phase it is: by the clock, unless somebody switches the slow node by hand. Not safe for concurrent use.</summary>
internal sealed class PhasePlan(BrokerSettings settings)
{
    /// <summary>A node that was made slow by hand becomes fast by itself after so long.</summary>
    internal static readonly TimeSpan MaxSlow = TimeSpan.FromMinutes(1);

    /// <summary>A node that has not caught up after so long is not waited for.</summary>
    internal static readonly TimeSpan MaxRecovery = TimeSpan.FromSeconds(30);

    private TimeSpan _since;
    private bool _byHand;

    /// <summary>The phase.</summary>
    public BrokerPhase Current { get; private set; } = BrokerPhase.Normal;

    /// <summary>How long the present recovery took until the node had caught up; null before, and where there was none.</summary>
    public TimeSpan? CaughtUpAfter { get; private set; }

    /// <summary>Goes on to the phase that it is now.</summary>
    /// <param name="now">Time since the beginning.</param>
    /// <param name="caughtUp">Whether the slow node has nothing more to catch up with.</param>
    public BrokerPhase Advance(TimeSpan now, bool caughtUp)
    {
        var elapsed = now - _since;
        if (Current == BrokerPhase.Recovery && caughtUp)
            CaughtUpAfter ??= elapsed;
        if (now >= BrokerSettings.MaxDuration)
            Current = BrokerPhase.Done;
        else if (Current == BrokerPhase.Normal && elapsed >= TimeSpan.FromSeconds(settings.NormalSeconds))
            Begin(BrokerPhase.Slow, now);
        else if (Current == BrokerPhase.Slow && elapsed >= (_byHand ? MaxSlow : TimeSpan.FromSeconds(settings.SlowSeconds)))
            Begin(BrokerPhase.Recovery, now);
        else if (Current == BrokerPhase.Recovery && (CaughtUpAfter is not null ? elapsed >= TimeSpan.FromSeconds(settings.RecoverySeconds) : elapsed >= MaxRecovery))
            Current = BrokerPhase.Done;
        return Current;
    }

    /// <summary>Makes the node slow, or fast again, by hand.</summary>
    public void Switch(bool slow, TimeSpan now)
    {
        if (Current == BrokerPhase.Done || slow == (Current == BrokerPhase.Slow))
            return;
        _byHand = true;
        if (slow)
            Begin(BrokerPhase.Slow, now);
        else if (Current == BrokerPhase.Slow)
            Begin(BrokerPhase.Recovery, now);
    }

    /// <summary>Ends the run.</summary>
    public void Finish() => Current = BrokerPhase.Done;

    private void Begin(BrokerPhase phase, TimeSpan now)
    {
        Current = phase;
        _since = now;
        CaughtUpAfter = null;
    }
}
