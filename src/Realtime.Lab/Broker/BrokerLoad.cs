using Realtime.Channels;
using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Results;
using Realtime.Publishing;

namespace Realtime.Lab.Broker;

/// <summary>
/// Publishes at a steady pace, by schedule, from a thread of its own: a publisher that has to wait for nothing, as many clients together are. A message
/// that is refused is counted and not tried again.
/// </summary>
internal sealed class BrokerLoad : IDisposable
{
    private readonly Publisher _publisher;
    private readonly BrokerSettings _settings;
    private readonly IReadOnlyList<ChannelName> _channels;
    private readonly Lock _gate = new();
    private readonly long[] _accepted;
    private readonly long[] _numbers;
    private readonly LatencyMeter _lateness = new();
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private ulong _checksum;
    private long _refused, _pending;

    public BrokerLoad(Publisher publisher, BrokerSettings settings, IReadOnlyList<ChannelName> channels)
    {
        _publisher = publisher;
        _settings = settings;
        _channels = channels;
        _accepted = new long[channels.Count];
        _numbers = new long[channels.Count];
        _thread = new Thread(Run) { IsBackground = true, Name = "broker-load" };
    }

    /// <summary>From the time at which a message was due to its acknowledgement.</summary>
    public WindowMeter Latency { get; } = new();

    /// <summary>Messages that were acknowledged.</summary>
    public long Accepted
    {
        get
        {
            lock (_gate)
                return _accepted.Sum();
        }
    }

    /// <summary>Messages that were refused, as a client is by 503.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Messages that are not answered yet.</summary>
    public long Pending => Interlocked.Read(ref _pending);

    /// <summary>Acknowledged messages by channel, and the sum over what they are.</summary>
    public (long[] Accepted, ulong Checksum) Account
    {
        get
        {
            lock (_gate)
                return ([.. _accepted], _checksum);
        }
    }

    /// <summary>How late messages were handed in; null before the end.</summary>
    public LatencySummary? Lateness { get; private set; }

    /// <summary>Publishes one message into every channel, now.</summary>
    public void PublishRound()
    {
        for (var channel = 0; channel < _channels.Count; channel++)
            Publish(channel, LabClock.Now);
    }

    /// <summary>Begins the schedule.</summary>
    public void Start() => _thread.Start();

    /// <summary>Ends the schedule; what was handed in is still answered.</summary>
    public void Stop()
    {
        _stop.Set();
        if (_thread.IsAlive)
            _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _stop.Dispose();
    }

    private void Run()
    {
        var random = new Random(_settings.Seed);
        var start = LabClock.Now;
        for (var number = 0L; ;)
        {
            var now = LabClock.Now;
            for (long due; (due = start + number * 1_000_000 / _settings.Rate) <= now; number++)
            {
                _lateness.Record(LabClock.Now - due);
                Publish(random.Next(_channels.Count), due);
            }

            if (_stop.Wait(1))
                break;
        }

        Lateness = _lateness.Summarize();
    }

    private void Publish(int channel, long due)
    {
        // Given out by one caller at a time: the rounds before the start, then the thread.
        var number = _numbers[channel]++;
        Interlocked.Increment(ref _pending);
        var data = MeasuredPayload.Write(channel, number, due, _settings.PayloadBytes);
        _ = ObserveAsync(_publisher.PublishAsync(new PublishRequest(_channels[channel], null, "lab", "lab", data)), channel, number, due);
    }

    private async Task ObserveAsync(ValueTask<PublishResult> answer, int channel, long number, long due)
    {
        if ((await answer).Outcome == PublishOutcome.Created)
        {
            Latency.Record(due);
            lock (_gate)
            {
                _accepted[channel]++;
                _checksum += DeliveryTracker.Mix(channel, number);
            }
        }
        else
        {
            Interlocked.Increment(ref _refused);
        }

        Interlocked.Decrement(ref _pending);
    }
}
