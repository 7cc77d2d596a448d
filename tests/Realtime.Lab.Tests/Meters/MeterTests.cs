using Realtime.Lab.Meters;

namespace Realtime.Lab.Tests.Meters;

public class MeterTests
{
    [Fact]
    public void Percentiles_are_exact_to_three_digits()
    {
        var meter = new LatencyMeter();
        for (var micros = 1; micros <= 10_000; micros++)
            meter.Record(micros);

        var summary = meter.Summarize()!;

        Assert.Equal(10_000, summary.Count);
        Assert.Equal(5, summary.P50, 0.01);
        Assert.Equal(9.9, summary.P99, 0.01);
        Assert.Equal(10, summary.Max, 0.01);
        Assert.Equal(summary.Curve.Select(point => point.Milliseconds).Order(), summary.Curve.Select(point => point.Milliseconds));
    }

    [Fact]
    public void Latencies_outside_of_the_range_count_as_its_ends()
    {
        var meter = new LatencyMeter();
        meter.Record(-5);
        meter.Record(long.MaxValue);

        Assert.Equal(2, meter.Summarize()!.Count);
    }

    [Fact]
    public void Without_values_there_is_no_summary()
    {
        var meter = new LatencyMeter();
        meter.Record(1);
        meter.Reset();

        Assert.Null(meter.Summarize());
    }

    [Fact]
    public void A_reader_is_stale_from_the_due_time_of_what_it_lacks()
    {
        var meter = new FreshnessMeter();
        meter.Reset(1000);

        // Due at 2000, there at 2600: stale for 600, by 300 on average.
        meter.Arrived(2000, 2600);
        Assert.Equal(600 * 300, meter.Area);

        // Due at 2500, while the reader still waited for the one before: stale by 100 to 400 between 2600 and 2900.
        meter.Arrived(2500, 2900);
        Assert.Equal(600 * 300 + 300 * 250, meter.Area);
    }

    [Fact]
    public void A_poller_of_a_busy_channel_is_stale_by_half_its_interval()
    {
        var meter = new FreshnessMeter();
        meter.Reset(0);
        for (var poll = 1; poll <= 100; poll++)
            meter.Arrived((poll - 1) * 1_000_000 + 1000, poll * 1_000_000);

        Assert.Equal(0.5, meter.Area / 100e6 / 1e6, 0.01);
    }
}
