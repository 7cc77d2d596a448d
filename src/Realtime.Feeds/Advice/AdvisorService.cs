using Microsoft.Extensions.Logging;

namespace Realtime.Feeds.Advice;

/// <summary>Advises with unit costs of this machine, measured once when they are first asked for.</summary>
internal sealed class AdvisorService(
    UnitCostMeter meter, IMailboxStore mailboxes, FeedObservations observed, FeedOptions options, ILogger<AdvisorService> logger) : IAdvisor, IDisposable
{
    private readonly SemaphoreSlim _measuring = new(1);
    private UnitCosts? _units;

    public async ValueTask<FeedAdvice> AdviseAsync(FeedWorkload workload, bool measureAnew, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(workload);
        if (workload.Problem() is { } problem)
            throw new ArgumentException($"{problem.Field} must be {problem.Allowed}.", nameof(workload));
        return Advisor.Advise(workload, await UnitsAsync(measureAnew, cancellationToken), options.FollowerThreshold);
    }

    public FeedWorkload Observe() => observed.Workload();

    public void Dispose() => _measuring.Dispose();

    private async ValueTask<UnitCosts> UnitsAsync(bool measureAnew, CancellationToken cancellationToken)
    {
        var known = _units;
        if (known is not null && !measureAnew)
            return known.Value;
        await _measuring.WaitAsync(cancellationToken);
        try
        {
            // Whoever waited for another's measurement takes that.
            if (_units is { } measured && !_units.Equals(known))
                return measured;
            // Off the thread of the request, which it would keep from others.
            var units = await Task.Run(async () => await meter.MeasureAsync(mailboxes, cancellationToken), cancellationToken);
            Log.UnitCostsMeasured(logger, units.MailboxWrite, units.SourceRead, units.HeadCheck, units.MailboxRead);
            _units = units;
            return units;
        }
        finally
        {
            _measuring.Release();
        }
    }
}
