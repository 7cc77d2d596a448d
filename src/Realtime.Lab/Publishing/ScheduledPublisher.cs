using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Results;
using Realtime.Lab.Servers;
using Realtime.Lab.Workloads;

namespace Realtime.Lab.Publishing;

/// <summary>
/// Publishes a workload on its schedule, over a few keep-alive connections. An author belongs to one connection, which keeps what the
/// author says in order; the baseline, which numbers nothing, gets each channel over one connection for the same reason.
/// </summary>
internal sealed class ScheduledPublisher
{
    private const int Lanes = 8;
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(100);

    private readonly Workload _workload;
    private readonly EventLoop _loop;
    private readonly ServerTarget _server;
    private readonly byte[][] _channels;
    private readonly byte[] _idPrefix;
    private readonly List<ScheduledLane> _lanes = [];
    private readonly LatencyMeter _acknowledgement = new();
    private readonly LatencyMeter _lag = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long[] _accepted;
    private readonly SortedDictionary<int, int> _refused = [];
    private ulong _checksum;
    private long _start, _acceptedTotal, _heldBack;

    /// <param name="workload">What to publish.</param>
    /// <param name="loop">The loop to publish on; not that of the readers, whose work would make it late.</param>
    /// <param name="server">Where to.</param>
    /// <param name="channels">The real names of the workload's channels.</param>
    /// <param name="run">Makes the ids of this run different from all others.</param>
    public ScheduledPublisher(Workload workload, EventLoop loop, ServerTarget server, IReadOnlyList<string> channels, string run)
    {
        _workload = workload;
        _loop = loop;
        _server = server;
        _channels = [.. channels.Select(Encoding.ASCII.GetBytes)];
        _idPrefix = Encoding.ASCII.GetBytes(run);
        _accepted = new long[channels.Count];
        var messages = Enumerable.Range(0, Lanes).Select(_ => new List<int>()).ToList();
        for (var index = 0; index < workload.Messages.Count; index++)
        {
            var message = workload.Messages[index];
            messages[(server.IsPeer ? message.Channel : message.Author) % Lanes].Add(index);
        }
        foreach (var lane in messages.Where(lane => lane.Count > 0))
            _lanes.Add(new ScheduledLane(this, server, lane));
    }

    /// <summary>Whether the server is the baseline.</summary>
    public bool Peer => _server.IsPeer;

    /// <summary>Messages accepted so far; may be read from any thread.</summary>
    public long AcceptedTotal => Volatile.Read(ref _acceptedTotal);

    /// <summary>Publishes everything; returns when the last message is accepted or refused for good.</summary>
    /// <exception cref="LabException">The server could not be published to.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_lanes.Count == 0)
            return;
        await _loop.InvokeAsync(() =>
        {
            _start = LabClock.Now + (long)Lead.TotalMicroseconds;
            _lanes.ForEach(lane => _loop.Open(lane, _server.EndPoint));
        }).ConfigureAwait(false);
        try
        {
            await _done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await _loop.InvokeAsync(() => _lanes.ForEach(lane => lane.Close())).ConfigureAwait(false);
        }
        if (_lanes.Find(lane => lane.GaveUp is not null) is { } failed)
            throw new LabException($"{_server.Url}: {failed.GaveUp}");
    }

    /// <summary>What the server accepted; call it after <see cref="RunAsync"/>.</summary>
    public PublishedAccount Account => new(_accepted, _checksum);

    /// <summary>How it went; call it after <see cref="RunAsync"/>.</summary>
    public PublishSummary Summarize() => new(
        _workload.Messages.Count,
        _acceptedTotal,
        _heldBack,
        [.. _refused.Select(refusal => $"{refusal.Value} × {refusal.Key}")],
        _acknowledgement.Summarize(),
        _lag.Summarize());

    public long DueAt(int message) => _start + (long)_workload.Messages[message].Due.TotalMicroseconds;

    public void Write(RequestBuffer request, int index)
    {
        var message = _workload.Messages[index];
        request.Add("{\"channel\":\""u8);
        request.Add(_channels[message.Channel]);
        request.Add("\",\"id\":\""u8);
        request.Add(_idPrefix);
        request.Add("-"u8);
        request.Add(index);
        request.Add("\",\"type\":\"chat\",\"data\":{\"c\":"u8);
        request.Add(message.Channel);
        request.Add(",\"n\":"u8);
        request.Add(message.Number);
        request.Add(",\"t\":"u8);
        request.Add(DueAt(index));
        if (message.Body.Length > 0)
            request.Add(","u8);
        request.Add(message.Body.Span);
        request.Add("}}"u8);
    }

    public void Accepted(int index)
    {
        var message = _workload.Messages[index];
        _accepted[message.Channel]++;
        _checksum += DeliveryTracker.Mix(message.Channel, message.Number);
        Volatile.Write(ref _acceptedTotal, _acceptedTotal + 1);
    }

    public void Refused(int status) => _refused[status] = _refused.GetValueOrDefault(status) + 1;

    public void HeldBack(int messages) => _heldBack += messages;

    public void Acknowledged(long micros) => _acknowledgement.Record(micros);

    public void Lag(long micros) => _lag.Record(micros);

    public void LaneDone()
    {
        if (_lanes.TrueForAll(lane => lane.Done))
            _done.TrySetResult();
    }
}
