using Microsoft.Extensions.Logging;

namespace Realtime.Lab.Broker;

/// <summary>
/// One mode under load: messages are published on one node and read on two others, one of which takes its frames at a tenth of the speed at which they
/// come for a while. Where they wait meanwhile, and who is told so, is what differs between the modes.
/// </summary>
/// <param name="settings">Without a <see cref="BrokerSettings.Problem"/>.</param>
/// <param name="access">The broker.</param>
/// <param name="time">The clock of pauses and phases; latencies have their own.</param>
/// <param name="loggers">Where the nodes log.</param>
public sealed class BrokerExperiment(BrokerSettings settings, IBrokerAccess access, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly PhasePlan _plan = new(settings);
    private volatile string? _switched;
    private volatile bool _finish;

    /// <summary>Makes the slow node slow, or fast again, at the next sample; from then on the schedule of the settings does not hold any more. Safe for concurrent use.</summary>
    public void SetSlow(bool slow) => _switched = slow ? "slow" : "fast";

    /// <summary>Ends publishing at the next sample; what was published is still delivered, and the result told. Safe for concurrent use.</summary>
    public void Finish() => _finish = true;

    /// <summary>Runs it.</summary>
    /// <param name="onSample">Gets every sample; called from one place at a time, and must not wait.</param>
    /// <param name="cancellationToken">Ends the run without a result.</param>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<BrokerResult> RunAsync(Action<BrokerSample> onSample, CancellationToken cancellationToken)
    {
        if (settings.Problem() is { } problem)
            throw new LabException(problem);
        var run = $"lab-{Guid.NewGuid().ToString("N")[..10]}";
        try
        {
            await using var cluster = await BrokerCluster.StartAsync(run, settings, access, time, loggers, cancellationToken);
            var rounds = await cluster.WarmUpAsync(cancellationToken);
            return await MeasureAsync(cluster, rounds, onSample, cancellationToken);
        }
        finally
        {
            await access.RemoveAsync(run, CancellationToken.None);
        }
    }

    private async Task<BrokerResult> MeasureAsync(BrokerCluster cluster, int rounds, Action<BrokerSample> onSample, CancellationToken cancellationToken)
    {
        var sampler = new BrokerSampler(cluster, time);
        var samples = new List<BrokerSample>();
        var (disconnected, wasSlow) = (0, false);
        var phase = _plan.Current;
        cluster.Begin(phase, slowdown: TimeSpan.Zero);
        cluster.Load.Start();
        using (var timer = new PeriodicTimer(SampleInterval, time))
        {
            while (phase != BrokerPhase.Done && await timer.WaitForNextTickAsync(cancellationToken))
            {
                var sample = sampler.Take(phase);
                samples.Add(sample);
                onSample(sample);
                disconnected += cluster.IsConnected ? 0 : 1;
                var next = Next(TimeSpan.FromSeconds(sample.Seconds), sample);
                if (next != phase)
                    cluster.Begin(next, next == BrokerPhase.Slow ? sampler.TenthOfSpeed : TimeSpan.Zero);
                wasSlow |= next == BrokerPhase.Slow;
                phase = next;
            }
        }

        cluster.Load.Stop();
        await cluster.DrainAsync(Patience, cancellationToken);
        var (accepted, checksum) = cluster.Load.Account;
        var outcome = new BrokerOutcome
        {
            Accepted = accepted,
            Checksum = checksum,
            Fast = cluster.FastReader.Account(accepted),
            Slow = cluster.SlowReader.Account(accepted),
            Lateness = cluster.Load.Lateness,
            Unanswered = cluster.Load.Pending,
            WarmUpRounds = rounds,
            Disconnected = disconnected,
            WasSlow = wasSlow,
            CaughtUpAfter = _plan.CaughtUpAfter,
        };
        return new BrokerResult(
            settings,
            settings.Chosen.Title,
            accepted.Sum(),
            cluster.Load.Refused,
            _plan.CaughtUpAfter?.TotalSeconds,
            PhaseResults.Of(samples, which => (cluster.Load.Latency.Of(which), cluster.FastReader.Latency.Of(which), cluster.SlowReader.Latency.Of(which))),
            cluster.Load.Lateness,
            BrokerChecks.Of(outcome),
            samples);
    }

    private BrokerPhase Next(TimeSpan now, BrokerSample sample)
    {
        if (_switched is { } switched)
        {
            _switched = null;
            _plan.Switch(switched == "slow", now);
        }

        if (_finish)
            _plan.Finish();
        return _plan.Advance(now, IsCaughtUp(sample));
    }

    /// <summary>What a tenth of a second brings is on its way all the time.</summary>
    private bool IsCaughtUp(BrokerSample sample)
    {
        var few = Math.Max(20, settings.Rate / 10);
        return sample.Slow.Lag <= few && sample.Slow.Unacknowledged <= few && (sample.Slow.QueueDepth ?? 0) <= few && !sample.Refusing;
    }
}
