using Realtime.Lab.Meters;
using Realtime.Lab.Publishing;
using Realtime.Lab.Readers;
using Realtime.Lab.Results;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Scenarios;

/// <summary>Messages in a second that one reader gets who reads a long channel from its beginning, at its own pace: as a consumer, against plain history.</summary>
public sealed class ReplayFigure(LabHost host, FigureSettings settings)
{
    private const string Read = "read messages / s";
    private const string History = "history", Consumer = "consumer", Committing = "consumer that commits each page";

    /// <summary>Messages of a page, and of a batch that is published: the most that the protocol allows.</summary>
    private const int Page = 1000;

    private static readonly (string Series, ReplayMode Mode)[] Modes =
        [(History, ReplayMode.History), (Consumer, ReplayMode.Consumer), (Committing, ReplayMode.CommittingConsumer)];

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs it.</summary>
    /// <exception cref="LabException">It could not be carried out.</exception>
    public async Task<FigureResult> RunAsync(CancellationToken cancellationToken)
    {
        var run = new FigureRun(host, settings, "replay");
        using var loops = new Loops();
        await using var server = await host.StartServerAsync(settings.Store, collectable: false, cancellationToken).ConfigureAwait(false);
        using var meter = new ProcessMeter(server.Target.ProcessId!.Value);
        // Whole pages, because the publisher doesn't send less than half a batch.
        var messages = (settings.Messages + Page - 1) / Page * Page;
        for (var round = 0; round <= settings.Rounds; round++)
        {
            foreach (var (series, mode) in Modes)
            {
                var ofCase = $"{messages:N0} messages, pages of {Page:N0}";
                var step = run.Step(ofCase, series, round);
                // Each reads a channel of its own: what an earlier one has read may still be in memory.
                var channel = $"room:{Guid.NewGuid():N}";
                var published = await FillAsync(loops, server.Target, channel, messages, cancellationToken).ConfigureAwait(false);
                var (values, cpu) = await ReadAsync(run, step, loops, server.Target, meter, channel, mode, published, cancellationToken).ConfigureAwait(false);
                // The first is not kept: it pays for compiling.
                if (round > 0)
                    run.Add(ofCase, series, round, values, cpu);
            }
        }

        return run.Finish(FigureRows.Of(run.Samples, Read, History, (_, _) => null), saturates: true);
    }

    private async Task<PublishedAccount> FillAsync(Loops loops, ServerTarget server, string channel, int messages, CancellationToken cancellationToken)
    {
        var state = new SaturationState(channel, messages, 1, () => 0);
        state.PerStream.Add(0);
        var publisher = new SaturatingPublisher(server, state, 0, Page, settings.Payload, channel[^8..]);
        try
        {
            await loops.Publishers.InvokeAsync(() => loops.Publishers.Open(publisher, server.EndPoint)).ConfigureAwait(false);
            var last = 0L;
            var lastChange = host.TimeProvider.GetTimestamp();
            while (state.Accepted < messages)
            {
                await host.PauseAsync(Look, cancellationToken).ConfigureAwait(false);
                if (publisher.GaveUp is { } reason)
                    throw new LabException($"The channel could not be filled: {reason}.");
                if (state.Accepted != last)
                    (last, lastChange) = (state.Accepted, host.TimeProvider.GetTimestamp());
                else if (host.TimeProvider.GetElapsedTime(lastChange) > host.Patience)
                    throw new LabException($"The channel could not be filled: after {last:N0} messages nothing was accepted for {host.Patience.TotalSeconds:0} s.");
            }

            return new PublishedAccount([.. state.PerStream], state.Checksum);
        }
        finally
        {
            await loops.Publishers.InvokeAsync(publisher.Close).ConfigureAwait(false);
        }
    }

    private async Task<(Dictionary<string, double> Values, CpuUse Cpu)> ReadAsync(
        FigureRun run,
        string step,
        Loops loops,
        ServerTarget server,
        ProcessMeter meter,
        string channel,
        ReplayMode mode,
        PublishedAccount published,
        CancellationToken cancellationToken)
    {
        var reader = new ReplayReader(server, channel, Page, mode);
        await loops.ResetLoadAsync().ConfigureAwait(false);
        var cpu = new CpuWindow(meter);
        var start = host.TimeProvider.GetTimestamp();
        await loops.Readers.InvokeAsync(() => loops.Readers.Open(reader, server.EndPoint)).ConfigureAwait(false);
        try
        {
            await reader.Finished.WaitAsync(cancellationToken).ConfigureAwait(false);
            var elapsed = host.TimeProvider.GetElapsedTime(start);
            var used = cpu.End();
            var load = await loops.Readers.LoadAsync().ConfigureAwait(false);
            var tracker = reader.Tracker;
            run.Hold(step, new DeliveryAccount(
                1,
                published.Total,
                tracker.Fresh,
                tracker.Missing(published.PerChannel),
                tracker.Explained,
                tracker.Repeated,
                tracker.OutOfOrder,
                tracker.Checksum == published.Checksum ? 0 : 1,
                reader.Failure is { } failure ? [failure] : [],
                reader.Failure is null ? 0 : 1));
            var values = new Dictionary<string, double>
            {
                [Read] = tracker.Fresh / elapsed.TotalSeconds,
                ["server CPU, µs / message"] = used.Servers[0].TotalMicroseconds / Math.Max(1, tracker.Fresh),
                ["bytes / message"] = (double)reader.BytesIn / Math.Max(1, tracker.Fresh),
                ["ms / page"] = elapsed.TotalMilliseconds / Math.Max(1, reader.Pages),
                ["reader's loop busy"] = load.Busy,
            };
            return (values, used);
        }
        finally
        {
            await loops.Readers.InvokeAsync(reader.Close).ConfigureAwait(false);
        }
    }
}
