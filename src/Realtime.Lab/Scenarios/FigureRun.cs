using System.Globalization;
using Realtime.Lab.Meters;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;

namespace Realtime.Lab.Scenarios;

/// <summary>What a figure collects while it is measured.</summary>
internal sealed class FigureRun(LabHost host, FigureSettings settings, string command)
{
    // Above this another process has taken part of what the server was measured with.
    private const double QuietOther = 0.2;
    private const double BusyLimit = 0.9;

    private readonly RunInfo _run = RunInfo.Begin(command, settings.Describe(), host.TimeProvider);
    private readonly List<Sample> _samples = [];
    private readonly List<Check> _failures = [];
    private double _highestOther, _highestBusy;

    /// <summary>Everything measured so far.</summary>
    public IReadOnlyList<Sample> Samples => _samples;

    /// <summary>Tells which measurement is under way.</summary>
    public string Step(string ofCase, string series, int round)
    {
        var step = string.Create(CultureInfo.InvariantCulture, $"{command} {ofCase}, {series}, round {round} of {settings.Rounds}");
        host.Progress?.Report(step);
        return step;
    }

    /// <summary>Enters a measurement.</summary>
    public void Add(string ofCase, string series, int round, Dictionary<string, double> values, CpuUse cpu, double busy = 0)
    {
        _highestBusy = Math.Max(_highestBusy, busy);
        _highestOther = Math.Max(_highestOther, cpu.Other ?? 0);
        values["other CPU, cores"] = cpu.Other ?? double.NaN;
        values["generator CPU, cores"] = cpu.Generator;
        _samples.Add(new Sample(ofCase, series, round, values));
    }

    /// <summary>Enters what is wrong with a measurement's deliveries, if anything is.</summary>
    public void Hold(string step, DeliveryAccount account)
    {
        if (account is { Missing: 0, Repeated: 0, OutOfOrder: 0, WrongContent: 0, FailedReaders: 0 } && account.Delivered == account.Expected)
            return;
        _failures.Add(Check.Of(
            $"{step}: everything once, in order",
            passed: false,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{account.Delivered:N0} of {account.Expected:N0}, {account.Missing:N0} missing, {account.Repeated:N0} repeated, "
                + $"{account.OutOfOrder:N0} out of order, {account.WrongContent} with other content, "
                + $"{account.FailedReaders} readers lost {string.Join("; ", account.Failures)}")));
    }

    /// <summary>Enters a failure.</summary>
    public void Fail(string step, string detail) => _failures.Add(Check.Of(step, passed: false, detail));

    /// <summary>Closes the books.</summary>
    public FigureResult Finish(IEnumerable<FigureRow> rows, bool saturates)
    {
        List<Check> checks = _failures.Count > 0
            ? [.. _failures]
            : [Check.Of("every measurement delivered everything once and in order", passed: true, $"{_samples.Count} measurements")];
        checks.Add(Check.Warn(
            "the machine was quiet",
            _highestOther <= QuietOther,
            string.Create(CultureInfo.InvariantCulture, $"other processes took up to {_highestOther:0.00} cores")));
        // When it saturates, generator and server share the machine to its end, and that is the measurement.
        if (!saturates)
        {
            checks.Add(Check.Warn(
                "the load generator was not the bottleneck",
                _highestBusy <= BusyLimit,
                string.Create(CultureInfo.InvariantCulture, $"its loops were up to {_highestBusy:P0} busy")));
        }
        return new FigureResult(_run, [.. rows], _samples, checks);
    }

    /// <summary>The values that every measurement of readers has.</summary>
    public static Dictionary<string, double> Values(ReaderWindow window) => new()
    {
        ["latency p50, ms"] = window.Latency?.P50 ?? double.NaN,
        ["latency p99, ms"] = window.Latency?.P99 ?? double.NaN,
        ["messages / read"] = (double)window.Delivered / Math.Max(1, window.Reads),
        ["bytes / message"] = (double)window.BytesDown / Math.Max(1, window.Delivered),
    };
}
