using System.Text;
using Realtime.Lab.Meters;

namespace Realtime.Lab.Publishing;

/// <summary>
/// What the connections of a saturating publisher share: how far they may lead the readers. Without a bound the server's buffers fill
/// and latency measures their size, nothing else.
/// </summary>
/// <param name="channel">The one channel.</param>
/// <param name="lead">Most messages that are published and not yet with the average reader.</param>
/// <param name="readers">How many readers there are.</param>
/// <param name="delivered">Messages delivered to all of them; called often.</param>
internal sealed class SaturationState(string channel, int lead, int readers, Func<long> delivered)
{
    private long _published, _accepted;

    /// <summary>The channel's name, as bytes.</summary>
    public byte[] Channel { get; } = Encoding.ASCII.GetBytes(channel);

    /// <summary>Set to end it: no new message is published.</summary>
    public volatile bool Stopped;

    /// <summary>Accepted messages of each connection.</summary>
    public List<long> PerStream { get; } = [];

    /// <summary>The sum of what was accepted, see <see cref="DeliveryTracker.Checksum"/>.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>Accepted messages; may be read from any thread.</summary>
    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>How many more messages may be published now.</summary>
    public long Room => lead - (_published - delivered() / Math.Max(1, readers));

    /// <summary>Enters messages that are about to be sent for the first time.</summary>
    public void Publish(int messages) => _published += messages;

    /// <summary>Enters a message that the server accepted.</summary>
    public void Accept(int stream, long number)
    {
        PerStream[stream]++;
        Checksum += DeliveryTracker.Mix(stream, number);
        Volatile.Write(ref _accepted, _accepted + 1);
    }
}
