using System.Text;
using Realtime.Lab.Loop;

namespace Realtime.Lab.Readers;

/// <summary>Reads <c>/api/ws</c>.</summary>
internal sealed class WebSocketReader(ReaderGroup group, int index)
    : FramedReader(group, index, $"/api/ws?channels={string.Join(',', group.Channels)}")
{
    public override void Message(ReadOnlySpan<byte> piece, bool end) => Units.Append(piece, end);

    protected override void Upgraded()
    {
    }

    protected override void TakeUnits(ReadOnlySpan<byte> units)
    {
        if (units.StartsWith("{\"error\""u8))
            throw new WireException($"the server said {Encoding.UTF8.GetString(units)}");
        if (units.StartsWith("{\"messages\""u8))
            Ready();
        Deliver(units);
    }

    protected override bool TellsGap(ReadOnlySpan<byte> units) => units.StartsWith("{\"gap\""u8);
}
