using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Meters;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Readers;

/// <summary>A reader of one transport: opens it, finds the messages in what comes, and keeps account of them.</summary>
internal abstract class Reader : LoopConnection, IHttpBody
{
    private readonly HttpResponseParser _http;
    private readonly bool _placeByOffset;
    private FreshnessMeter _freshness;
    private bool _ready;

    protected Reader(ReaderGroup group, int index)
    {
        Group = group;
        Index = index;
        Tracker = new DeliveryTracker(group.Settings.Streams ?? group.Channels.Count);
        RecordsLatency = index % group.Settings.LatencyEvery == 0;
        _placeByOffset = group.Settings.Streams is null;
        _http = new HttpResponseParser(this);
        Units = new UnitAssembler(TakeUnits);
    }

    /// <summary>What this reader got.</summary>
    public DeliveryTracker Tracker { get; }

    /// <summary>Whether its latencies are recorded.</summary>
    public bool RecordsLatency { get; }

    /// <summary>The area under its staleness, in microseconds squared.</summary>
    public double StaleArea => _freshness.Area;

    protected ReaderGroup Group { get; }

    protected int Index { get; }

    protected UnitAssembler Units { get; }

    /// <summary>When the bytes that are being read arrived.</summary>
    protected long Now { get; private set; }

    protected bool IsReady => _ready;

    /// <summary>The reader for the group's transport.</summary>
    public static Reader Create(ReaderGroup group, int index) => group.Transport switch
    {
        TransportKind.WebSocket => new WebSocketReader(group, index),
        TransportKind.ServerSentEvents => new ServerSentEventsReader(group, index),
        TransportKind.LongPoll => new PollReader(group, index, group.Settings.PollWait),
        TransportKind.ShortPoll => new PollReader(group, index, TimeSpan.Zero),
        TransportKind.SignalR => new SignalRReader(group, index, "/hub", plain: false),
        TransportKind.PlainSignalR => new SignalRReader(group, index, "/hub", plain: true),
        var unknown => throw new LabException($"There is no transport called \"{unknown}\"; there are {string.Join(", ", TransportKind.All)}."),
    };

    /// <summary>Starts its staleness anew.</summary>
    public void ResetFreshness(long now) => _freshness.Reset(now);

    public override void TimerElapsed(long now)
    {
    }

    public virtual void Head(in HttpHead head)
    {
        if (head.Status is not (200 or 101))
            throw new WireException($"the server answered {head.Status}");
    }

    public abstract void Body(ReadOnlySpan<byte> piece, bool end);

    public virtual void Upgraded(ReadOnlySpan<byte> data) => throw new WireException("the server switched protocols unasked");

    protected abstract void TakeUnits(ReadOnlySpan<byte> units);

    /// <summary>Whether whole units of this transport tell of a gap; text of messages can't look like it.</summary>
    protected abstract bool TellsGap(ReadOnlySpan<byte> units);

    protected override void Received(ReadOnlySpan<byte> data, long now)
    {
        Now = now;
        _http.Feed(data);
    }

    protected override void Failed() => Group.ReaderFailed();

    protected override void Released() => Units.Clear();

    protected void Get(string path, string headers = "")
    {
        Group.Requests++;
        Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\n{Group.Server.Headers}{headers}\r\n"));
    }

    protected void Ready()
    {
        if (_ready)
            return;
        _ready = true;
        Group.ReaderReady();
    }

    /// <summary>Enters the messages of whole units.</summary>
    /// <returns>How many there were, repeated ones among them.</returns>
    protected int Deliver(ReadOnlySpan<byte> units)
    {
        var count = 0;
        var oldest = long.MaxValue;
        var scanner = new MessageScanner(units);
        while (scanner.Next(out var message))
        {
            count++;
            if ((uint)message.Channel >= (uint)Tracker.Channels)
                throw new WireException("a message came from a channel that nobody asked for");
            var place = message.Offset > 0 && _placeByOffset ? message.Offset - 1 : message.Number;
            if (Tracker.Enter(message.Channel, place, message.Number) == Arrival.Repeated)
                continue;
            oldest = Math.Min(oldest, message.Intended);
            Group.Enter(this, Now - message.Intended);
        }
        if (oldest != long.MaxValue)
            _freshness.Arrived(oldest, Now);
        if (TellsGap(units))
            Tracker.Explain(MessageScanner.LostByGaps(units));
        return count;
    }
}
