using System.Net;
using System.Net.Sockets;
using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Servers;

namespace Realtime.Lab.Readers;

/// <summary>All readers of one transport in a run, and what they measured together.</summary>
internal sealed class ReaderGroup
{
    // Enough to keep the server busy while it accepts, few enough not to overflow its backlog.
    private const int MaxOpening = 64;

    // One address has 28,000 ports to give; beyond this many readers the next loopback address is used.
    private const int ReadersPerAddress = 20_000;

    private readonly EventLoop _loop;
    private readonly List<Reader> _readers = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LatencyMeter _latency = new();
    private int _started, _ready, _failed;
    private long _bytesIn, _bytesOut, _reads, _windowStart;
    private long _deliveredTotal;

    public ReaderGroup(string transport, EventLoop loop, ServerTarget server, IReadOnlyList<string> channels, int count, ReaderSettings settings)
    {
        Transport = transport;
        _loop = loop;
        Server = server;
        Channels = channels;
        Settings = settings;
        for (var index = 0; index < count; index++)
            _readers.Add(Reader.Create(this, index));
    }

    public string Transport { get; }

    public ServerTarget Server { get; }

    public IReadOnlyList<string> Channels { get; }

    public ReaderSettings Settings { get; }

    public int Count => _readers.Count;

    /// <summary>New messages over all readers since they were opened; may be read from any thread.</summary>
    public long DeliveredTotal => Volatile.Read(ref _deliveredTotal);

    /// <summary>HTTP requests since the readers were opened, those that opened them among them.</summary>
    public long Requests { get; set; }

    /// <summary>Polls that brought nothing, since the readers were opened.</summary>
    public long EmptyAnswers { get; set; }

    private long Delivered { get; set; }

    /// <summary>Connects every reader and waits until each stands at its cursor.</summary>
    /// <exception cref="LabException">Some could not; the message says how many and why.</exception>
    public async Task OpenAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        await _loop.InvokeAsync(OpenMore).ConfigureAwait(false);
        if (Count == 0)
            return;
        try
        {
            await _opened.Task.WaitAsync(deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new LabException($"{Transport}: {_ready} of {Count} readers were ready after {deadline.TotalSeconds:0} s.{WhyFailed()}");
        }
        if (_failed > 0)
            throw new LabException($"{Transport}: {_failed} of {Count} readers could not connect.{WhyFailed()}");
    }

    /// <summary>Closes every reader.</summary>
    public Task CloseAsync() => _loop.InvokeAsync(() => _readers.ForEach(reader => reader.Close()));

    /// <summary>Starts a window: counts and latencies begin anew, the account of each reader goes on.</summary>
    public Task StartWindowAsync() => _loop.InvokeAsync(() =>
    {
        _latency.Reset();
        Delivered = 0;
        _windowStart = LabClock.Now;
        (_bytesIn, _bytesOut, _reads) = Totals();
        _readers.ForEach(reader => reader.ResetFreshness(_windowStart));
    });

    /// <summary>What was measured since <see cref="StartWindowAsync"/>.</summary>
    public Task<ReaderWindow> WindowAsync() => _loop.InvokeAsync(() =>
    {
        var (bytesIn, bytesOut, reads) = Totals();
        var elapsed = Math.Max(1, LabClock.Now - _windowStart);
        return new ReaderWindow(
            TimeSpan.FromMicroseconds(elapsed),
            Delivered,
            _latency.Summarize(),
            Requests,
            EmptyAnswers,
            bytesIn - _bytesIn,
            bytesOut - _bytesOut,
            reads - _reads,
            TimeSpan.FromMicroseconds(_readers.Sum(reader => reader.StaleArea) / elapsed / Math.Max(1, Count)));
    });

    /// <summary>The account of all readers since they were opened.</summary>
    public Task<DeliveryAccount> AccountAsync(PublishedAccount published) => _loop.InvokeAsync(() =>
    {
        var trackers = _readers.ConvertAll(reader => reader.Tracker);
        return new DeliveryAccount(
            Count,
            published.Total * Count,
            trackers.Sum(tracker => tracker.Fresh),
            trackers.Sum(tracker => tracker.Missing(published.PerChannel)),
            trackers.Sum(tracker => tracker.Explained),
            trackers.Sum(tracker => tracker.Repeated),
            trackers.Sum(tracker => tracker.OutOfOrder),
            trackers.Count(tracker => tracker.Fresh == published.Total && tracker.Checksum != published.Checksum),
            [.. _readers.Where(reader => reader.Failure is not null).Select(reader => reader.Failure!).Distinct().Take(3)],
            _readers.Count(reader => reader.Failure is not null));
    });

    /// <summary>Called by a reader that stands at its cursor.</summary>
    public void ReaderReady()
    {
        _ready++;
        OpenMore();
    }

    /// <summary>Called by a reader whose connection ended.</summary>
    public void ReaderFailed()
    {
        _failed++;
        OpenMore();
    }

    /// <summary>Called for each new message.</summary>
    public void Enter(Reader reader, long latencyMicros)
    {
        Delivered++;
        Volatile.Write(ref _deliveredTotal, _deliveredTotal + 1);
        if (reader.RecordsLatency)
            _latency.Record(latencyMicros);
    }

    private void OpenMore()
    {
        while (_started < Count && _started - _ready - _failed < MaxOpening)
        {
            var index = _started++;
            try
            {
                _loop.Open(_readers[index], Server.EndPoint, SourceFor(index));
            }
            catch (SocketException exception)
            {
                // Thrown here it would end the loop; whoever waits for the readers gets it instead.
                _opened.TrySetException(new LabException(
                    $"{Transport}: connection {index + 1} of {Count} could not be opened ({exception.SocketErrorCode}).", exception));
                return;
            }
        }
        if (_ready + _failed >= Count)
            _opened.TrySetResult();
    }

    private IPAddress? SourceFor(int index) =>
        IPAddress.IsLoopback(Server.EndPoint.Address) && index >= ReadersPerAddress
            ? new IPAddress([127, 0, 0, (byte)(1 + index / ReadersPerAddress)])
            : null;

    private (long BytesIn, long BytesOut, long Reads) Totals() => (
        _readers.Sum(reader => reader.BytesIn), _readers.Sum(reader => reader.BytesOut), _readers.Sum(reader => reader.Reads));

    private string WhyFailed()
    {
        var reasons = _readers.Where(reader => reader.Failure is not null).Select(reader => reader.Failure).Distinct().Take(3).ToList();
        return reasons.Count == 0 ? "" : $" {string.Join("; ", reasons)}";
    }
}
