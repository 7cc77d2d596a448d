using System.Text;
using Realtime.Lab.Loop;
using Realtime.Lab.Wire;

namespace Realtime.Lab.Readers;

/// <summary>Reads a SignalR hub with the JSON protocol: the server's own, or the plain hub of the baseline.</summary>
internal sealed class SignalRReader(ReaderGroup group, int index, string path, bool plain) : FramedReader(group, index, path)
{
    // What SignalR's own clients do: a server gives up on a client that says nothing for twice as long.
    private const long PingMicros = 15_000_000;

    private const string RecordSeparator = "\u001e";

    private static ReadOnlySpan<byte> Separator => [0x1e];

    private bool _shookHands;

    // Several records may share a frame and a record may span frames, so frames mean nothing here.
    public override void Message(ReadOnlySpan<byte> piece, bool end) => Units.AppendDelimited(piece, Separator);

    public override void TimerElapsed(long now)
    {
        SendRecord("""{"type":6}""");
        SetTimer(now + PingMicros);
    }

    protected override void Upgraded() => SendRecord("""{"protocol":"json","version":1}""");

    protected override void TakeUnits(ReadOnlySpan<byte> units)
    {
        if (!IsReady)
            units = Begin(units);
        if (units.Length > 0)
            Deliver(units);
    }

    protected override bool TellsGap(ReadOnlySpan<byte> units) => units.IndexOf("\"target\":\"gap\""u8) >= 0;

    private ReadOnlySpan<byte> Begin(ReadOnlySpan<byte> units)
    {
        if (!_shookHands)
        {
            var end = units.IndexOf(Separator);
            if (units.IndexOf("\"error\""u8) is var at and >= 0 && at < end)
                throw new WireException($"the hub refused: {Encoding.UTF8.GetString(units[..end])}");
            _shookHands = true;
            units = units[(end + 1)..];
            Subscribe();
        }
        var answer = units.IndexOf("{\"type\":3"u8);
        if (answer < 0)
            return units;
        var record = units[answer..];
        record = record[..record.IndexOf(Separator)];
        if (record.IndexOf("\"error\":"u8) >= 0)
            throw new WireException($"Subscribe failed: {Encoding.UTF8.GetString(record)}");
        Ready();
        return units;
    }

    private void Subscribe()
    {
        var channels = string.Join(',', Group.Channels.Select(channel => $"\"{channel}\""));
        var arguments = plain ? $"[{channels}]" : $"[{channels}],null";
        SendRecord($$"""{"type":1,"invocationId":"1","target":"Subscribe","arguments":[{{arguments}}]}""");
        // Spread, so that thousands of readers do not ping at once.
        SetTimer(LabClock.Now + PingMicros / 2 + Index * 7919L % (PingMicros / 2));
    }

    private void SendRecord(string record) => SendFrame(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(record + RecordSeparator));
}
