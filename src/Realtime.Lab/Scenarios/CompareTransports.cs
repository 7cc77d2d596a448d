using Realtime.Lab.Meters;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;
using Realtime.Lab.Servers;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Scenarios;

/// <summary>
/// Plays one workload to readers of every transport at once, which makes their latencies comparable, and then a part of it to each alone,
/// which is the only way to tell whose CPU and memory the server's are.
/// </summary>
public sealed class CompareTransports(LabHost host, CompareSettings settings)
{
    private const string Realtime = "realtime", Baseline = "plain SignalR";

    // Enough for the hot paths to be compiled; what they cost before that is no transport's property.
    private static readonly GeneratedWorkload WarmUp = new() { Seed = 7, Rate = 300, Duration = TimeSpan.FromSeconds(3), Channels = 4 };
    private const int WarmUpReaders = 3;

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<ComparisonResult> RunAsync(CancellationToken cancellationToken)
    {
        var run = RunInfo.Begin("compare transports", settings.Describe(), host.TimeProvider);
        using var loops = new Loops();
        var result = await TogetherAsync(run, loops, cancellationToken).ConfigureAwait(false);
        if (!settings.Cost || settings.Server is { ProcessId: null })
            return result;
        var transports = new List<TransportResult>();
        foreach (var transport in result.Transports)
        {
            var cost = await new TransportCostMeter(host, settings, loops, WarmUp.Create())
                .MeasureAsync(transport.Transport, cancellationToken).ConfigureAwait(false);
            transports.Add(transport with { Cost = cost });
        }
        return result with { Transports = transports };
    }

    private async Task<ComparisonResult> TogetherAsync(RunInfo run, Loops loops, CancellationToken cancellationToken)
    {
        host.Progress?.Report("starting");
        await using var started = settings.Server is null && settings.Transports.Count > 0
            ? await host.StartServerAsync(settings.Store, collectable: false, cancellationToken).ConfigureAwait(false)
            : null;
        await using var peer = settings.Peer ? await host.StartPeerAsync(collectable: false, cancellationToken).ConfigureAwait(false) : null;
        var server = settings.Server ?? started?.Target;

        await using (var warmUp = Cast(WarmUp.Create(), WarmUpReaders, loops, server, peer))
        {
            await warmUp.OpenAsync(cancellationToken).ConfigureAwait(false);
            await warmUp.RunAsync("warming up", cancellationToken).ConfigureAwait(false);
        }

        await using var playback = Cast(settings.Workload, settings.Readers, loops, server, peer);
        await playback.OpenAsync(cancellationToken).ConfigureAwait(false);
        using var meters = new ProcessMeters(server, peer?.Target);
        var cpu = new CpuWindow(meters.All);
        await playback.RunAsync("all transports", cancellationToken).ConfigureAwait(false);
        var used = cpu.End();

        var publishing = new Dictionary<string, PublishSummary>();
        if (server is not null && settings.Transports.Count > 0)
            publishing.Add(Realtime, playback.Publisher(server).Summarize());
        if (peer is not null)
            publishing.Add(Baseline, playback.Publisher(peer.Target).Summarize());
        var transports = new List<TransportResult>();
        foreach (var group in playback.Groups)
            transports.Add(ResultOf(group, await group.WindowAsync().ConfigureAwait(false), await playback.AccountAsync(group).ConfigureAwait(false)));
        var readers = await loops.Readers.LoadAsync().ConfigureAwait(false);
        var publishers = await loops.Publishers.LoadAsync().ConfigureAwait(false);
        var generator = new GeneratorResult(
            readers.Busy, publishers.Busy, readers.LongestTurn.TotalMilliseconds, used.Generator, meters.Complete ? used.Other : null);
        return new ComparisonResult(
            run,
            settings.Workload.Description,
            settings.Workload.Channels.Count,
            settings.Workload.Duration.TotalSeconds,
            publishing,
            transports,
            generator,
            ComparisonChecks.Of(publishing, transports, generator));
    }

    private Playback Cast(Workload workload, int readers, Loops loops, ServerTarget? server, ServerProcess? peer)
    {
        var playback = new Playback(workload, loops, host);
        if (server is not null)
        {
            foreach (var transport in settings.Transports)
                playback.Read(server, transport, readers, settings.Reading);
        }
        if (peer is not null)
            playback.Read(peer.Target, TransportKind.PlainSignalR, readers, settings.Reading);
        return playback;
    }

    private static TransportResult ResultOf(ReaderGroup group, ReaderWindow window, DeliveryAccount account) => new()
    {
        Transport = group.Transport,
        Connections = account.Readers,
        FailedConnections = account.FailedReaders,
        Failures = account.Failures,
        Expected = account.Expected,
        Delivered = account.Delivered,
        Missing = account.Missing,
        Explained = account.Explained,
        Repeated = account.Repeated,
        OutOfOrder = account.OutOfOrder,
        WrongContent = account.WrongContent,
        Latency = window.Latency,
        StalenessMs = window.Staleness.TotalMilliseconds,
        Requests = window.Requests,
        EmptyAnswers = window.EmptyAnswers,
        BytesDownPerMessage = PerMessage(window.BytesDown, window),
        BytesUpPerMessage = PerMessage(window.BytesUp, window),
        MessagesPerRead = (double)window.Delivered / Math.Max(1, window.Reads),
    };

    private static double PerMessage(long bytes, ReaderWindow window) => (double)bytes / Math.Max(1, window.Delivered);
}
