using System.Globalization;
using Realtime.Lab.Meters;
using Realtime.Lab.Publishing;
using Realtime.Lab.Readers;
using Realtime.Lab.Servers;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Scenarios;

/// <summary>
/// Plays one workload once: to every server that takes part at the same times, read by any number of groups. Each playback has channels of
/// its own, so offsets begin at 1 and what another one left behind is not seen.
/// </summary>
internal sealed class Playback : IAsyncDisposable
{
    private static readonly TimeSpan OpenDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // What would come twice comes right behind.
    private static readonly TimeSpan Aftermath = TimeSpan.FromMilliseconds(200);

    private readonly Workload _workload;
    private readonly Loops _loops;
    private readonly LabHost _host;
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly IReadOnlyList<string> _channels;
    private readonly Dictionary<ServerTarget, ScheduledPublisher> _publishers = [];
    private readonly List<ReaderGroup> _groups = [];
    private readonly Dictionary<ReaderGroup, ScheduledPublisher> _publisherOf = [];

    public Playback(Workload workload, Loops loops, LabHost host)
    {
        _workload = workload;
        _loops = loops;
        _host = host;
        _channels = [.. workload.Channels.Select(channel => $"room:{_run}-{channel}")];
    }

    /// <summary>The groups, in the order in which they were added.</summary>
    public IReadOnlyList<ReaderGroup> Groups => _groups;

    /// <summary>Lets a server take part in the publishing, even if nobody reads from it.</summary>
    public void Publish(ServerTarget server)
    {
        if (!_publishers.ContainsKey(server))
            _publishers.Add(server, new ScheduledPublisher(_workload, _loops.Publishers, server, _channels, _run));
    }

    /// <summary>Adds readers of a transport.</summary>
    /// <param name="server">Where they read.</param>
    /// <param name="transport">How.</param>
    /// <param name="count">How many.</param>
    /// <param name="settings">How each of them does.</param>
    /// <param name="publishedOn">Where what they read is published; another node of the same deployment. Null for where they read.</param>
    public void Read(ServerTarget server, string transport, int count, ReaderSettings settings, ServerTarget? publishedOn = null)
    {
        Publish(publishedOn ?? server);
        var group = new ReaderGroup(transport, _loops.Readers, server, _channels, count, settings);
        _groups.Add(group);
        _publisherOf.Add(group, _publishers[publishedOn ?? server]);
    }

    /// <summary>How publishing to a server went.</summary>
    public ScheduledPublisher Publisher(ServerTarget server) => _publishers[server];

    /// <summary>Connects all readers.</summary>
    /// <exception cref="LabException">Not all could.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        foreach (var group in _groups)
            await group.OpenAsync(OpenDeadline, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Publishes everything and waits until all of it is read, or nothing more comes.</summary>
    /// <param name="step">What to call this part in the progress line.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LabException">A server can't be published to.</exception>
    public async Task RunAsync(string step, CancellationToken cancellationToken)
    {
        foreach (var group in _groups)
            await group.StartWindowAsync().ConfigureAwait(false);
        await _loops.ResetLoadAsync().ConfigureAwait(false);
        var publishing = Task.WhenAll(_publishers.Values.Select(publisher => publisher.RunAsync(cancellationToken)));
        using var timer = new PeriodicTimer(Look, _host.TimeProvider);
        while (!publishing.IsCompleted)
        {
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
            Tell(step);
        }
        await publishing.ConfigureAwait(false);
        await DrainAsync(step, timer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What each reader should have, against what it has.</summary>
    public Task<DeliveryAccount> AccountAsync(ReaderGroup group) => group.AccountAsync(_publisherOf[group].Account);

    public async ValueTask DisposeAsync()
    {
        foreach (var group in _groups)
            await group.CloseAsync().ConfigureAwait(false);
    }

    private async Task DrainAsync(string step, PeriodicTimer timer, CancellationToken cancellationToken)
    {
        var last = -1L;
        var lastChange = _host.TimeProvider.GetTimestamp();
        while (_groups.Any(group => group.DeliveredTotal < _publisherOf[group].AcceptedTotal * group.Count))
        {
            var delivered = Delivered;
            if (delivered != last)
                (last, lastChange) = (delivered, _host.TimeProvider.GetTimestamp());
            else if (_host.TimeProvider.GetElapsedTime(lastChange) > _host.Patience)
                return;
            Tell(step);
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
        await _host.PauseAsync(_groups.Count > 0 ? Aftermath : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
    }

    private long Delivered => _groups.Sum(group => group.DeliveredTotal);

    private void Tell(string step)
    {
        var published = _publishers.Values.Sum(publisher => publisher.AcceptedTotal);
        var all = (long)_workload.Messages.Count * _publishers.Count;
        var expected = _groups.Sum(group => _publisherOf[group].AcceptedTotal * group.Count);
        _host.Progress?.Report(string.Create(
            CultureInfo.InvariantCulture,
            $"{step}: {published:N0} of {all:N0} published, {Delivered:N0} delivered, {Math.Max(0, expected - Delivered):N0} on their way"));
    }
}
