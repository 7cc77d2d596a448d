namespace Realtime.Lab.Readers;

/// <summary>Reads <c>/api/stream</c>.</summary>
internal sealed class ServerSentEventsReader(ReaderGroup group, int index) : Reader(group, index)
{
    public override void Body(ReadOnlySpan<byte> piece, bool end)
    {
        Units.AppendDelimited(piece, "\n\n"u8);
        if (end)
            Fail("the server ended the stream");
    }

    protected override void Opened() =>
        Get($"/api/stream?channels={string.Join(',', Group.Channels)}", "Accept: text/event-stream\r\n");

    protected override void TakeUnits(ReadOnlySpan<byte> units)
    {
        if (!IsReady && units.IndexOf("event: ready"u8) >= 0)
            Ready();
        Deliver(units);
    }

    // Text may hold the words, but never a line break before them.
    protected override bool TellsGap(ReadOnlySpan<byte> units) =>
        units.StartsWith("event: gap"u8) || units.IndexOf("\nevent: gap"u8) >= 0;
}
