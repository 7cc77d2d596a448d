namespace Realtime.Lab.Meters;

/// <summary>What a message was for the reader that got it.</summary>
internal enum Arrival
{
    /// <summary>New, and no later one of its channel was there yet.</summary>
    InOrder,

    /// <summary>New, but after a later one of its channel.</summary>
    OutOfOrder,

    /// <summary>It was there already.</summary>
    Repeated,
}

/// <summary>
/// One reader's account of what it got: per channel the next place that it expects, and the holes behind it. In the normal case a message
/// costs one comparison and the account a few bytes, so thousands of readers can be held to it.
/// </summary>
/// <param name="channels">How many channels the reader reads.</param>
internal sealed class DeliveryTracker(int channels)
{
    private readonly long[] _next = new long[channels];
    private List<Hole>? _holes;

    /// <summary>How many channels it keeps account of.</summary>
    public int Channels => _next.Length;

    /// <summary>Messages that were new.</summary>
    public long Fresh { get; private set; }

    /// <summary>Messages that were there already.</summary>
    public long Repeated { get; private set; }

    /// <summary>New messages that came after a later one.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Messages that the server said are lost.</summary>
    public long Explained { get; private set; }

    /// <summary>A sum over what the new messages said they are, whatever their order; equal sums mean equal contents.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>Enters one message.</summary>
    /// <param name="channel">The channel's number.</param>
    /// <param name="place">Its place in the channel, from 0: the offset less one, or the publisher's number where there are no offsets.</param>
    /// <param name="number">The publisher's number of it.</param>
    public Arrival Enter(int channel, long place, long number)
    {
        var arrival = Place(channel, place);
        if (arrival == Arrival.Repeated)
        {
            Repeated++;
            return arrival;
        }
        if (arrival == Arrival.OutOfOrder)
            OutOfOrder++;
        Fresh++;
        Checksum += Mix(channel, number);
        return arrival;
    }

    /// <summary>Enters what the server said it can't deliver.</summary>
    public void Explain(long messages) => Explained += messages;

    /// <summary>How many of the expected messages are not there.</summary>
    /// <param name="expected">Per channel, how many there should be.</param>
    public long Missing(ReadOnlySpan<long> expected)
    {
        var missing = 0L;
        for (var channel = 0; channel < _next.Length; channel++)
            missing += Math.Max(0, expected[channel] - _next[channel]);
        foreach (var hole in _holes ?? [])
            missing += hole.End - hole.Start;
        return missing;
    }

    /// <summary>What a message adds to <see cref="Checksum"/>.</summary>
    public static ulong Mix(int channel, long number)
    {
        var value = ((ulong)channel << 40) + (ulong)number + 1;
        value *= 0x9E3779B97F4A7C15;
        return value ^ (value >> 29);
    }

    private Arrival Place(int channel, long place)
    {
        ref var next = ref _next[channel];
        if (place == next)
        {
            next++;
            return Arrival.InOrder;
        }
        if (place > next)
        {
            (_holes ??= []).Add(new Hole(channel, next, place));
            next = place + 1;
            return Arrival.InOrder;
        }
        return Fill(channel, place) ? Arrival.OutOfOrder : Arrival.Repeated;
    }

    private bool Fill(int channel, long place)
    {
        var index = _holes?.FindIndex(hole => hole.Channel == channel && hole.Start <= place && place < hole.End) ?? -1;
        if (index < 0)
            return false;
        var found = _holes![index];
        _holes.RemoveAt(index);
        if (found.Start < place)
            _holes.Add(found with { End = place });
        if (place + 1 < found.End)
            _holes.Add(found with { Start = place + 1 });
        return true;
    }

    private readonly record struct Hole(int Channel, long Start, long End);
}
