using Realtime.Channels;
using Realtime.Delivery;
using Realtime.Lab.Meters;
using Realtime.Sessions;
using Realtime.Transports;

namespace Realtime.Lab.Broker;

/// <summary>A reader of all channels on one node: a session of the product, with a client that takes everything at once and keeps account of it.</summary>
internal sealed class BrokerReader(int channels) : ITransportConnection
{
    private readonly Lock _gate = new();
    private readonly DeliveryTracker _tracker = new(channels);
    private Session? _session;

    /// <inheritdoc/>
    public string Transport => TransportNames.WebSocket;

    /// <inheritdoc/>
    public WireFormat Format => MeasuredFormat.Instance;

    /// <summary>The latencies of what it got.</summary>
    public WindowMeter Latency { get; } = new();

    /// <summary>Why the node ended the session; null while it has not.</summary>
    public string? Closed { get; private set; }

    /// <summary>Messages that it got, each counted once.</summary>
    public long Delivered
    {
        get
        {
            lock (_gate)
                return _tracker.Fresh;
        }
    }

    /// <summary>Begins to read.</summary>
    public async Task OpenAsync(SessionRegistry sessions, IReadOnlyCollection<ChannelName> names, CancellationToken cancellationToken)
    {
        _session = sessions.Open(this, "lab", DateTimeOffset.MaxValue);
        await _session.SubscribeAsync(names, ReadStart.Latest, _ => { }, cancellationToken);
    }

    /// <summary>Leaves.</summary>
    public Task CloseAsync() => _session?.DetachAsync() ?? Task.CompletedTask;

    /// <summary>What it got, held against what was accepted.</summary>
    /// <param name="accepted">Accepted messages by channel.</param>
    public ReaderAccount Account(long[] accepted)
    {
        lock (_gate)
            return new ReaderAccount(_tracker.Fresh, _tracker.Missing(accepted), _tracker.Repeated, _tracker.OutOfOrder, _tracker.Explained, _tracker.Checksum, Closed);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(Frame frame)
    {
        var bytes = frame.Bytes.Span;
        lock (_gate)
        {
            while (MeasuredFormat.TryRead(ref bytes, out var message))
            {
                if (message.Channel < 0)
                {
                    _tracker.Explain(message.Offset);
                    continue;
                }

                if (_tracker.Enter((int)message.Channel, message.Offset - 1, message.Number) != Arrival.Repeated)
                    Latency.Record(message.Due);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Close(CloseReason reason) => Closed = reason.Name;

    /// <inheritdoc/>
    public void Abort() => Closed ??= "aborted";
}

/// <summary>What a reader got in the end.</summary>
/// <param name="Delivered">Messages, each counted once.</param>
/// <param name="Missing">Accepted messages that it did not get.</param>
/// <param name="Repeated">Messages that came once more.</param>
/// <param name="OutOfOrder">Messages that came after a later one of their channel.</param>
/// <param name="Gaps">Messages that the node said are lost.</param>
/// <param name="Checksum">A sum over what they say they are.</param>
/// <param name="Closed">Why the node ended the session; null where it did not.</param>
internal sealed record ReaderAccount(long Delivered, long Missing, long Repeated, long OutOfOrder, long Gaps, ulong Checksum, string? Closed);
