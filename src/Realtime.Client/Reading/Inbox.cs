using System.Threading.Channels;

namespace Realtime.Client.Reading;

/// <summary>
/// What was received and not consumed yet, over all connections of a subscription. The cursor stands after everything that was put in, so the next
/// connection goes on from there.
/// </summary>
internal sealed class Inbox(string cursor, int capacity)
{
    private readonly Channel<ReceivedMessage> _items = Channel.CreateBounded<ReceivedMessage>(
        new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true, SingleWriter = true });

    private readonly Dictionary<string, Position> _positions = [];

    /// <summary>From where the next connection reads.</summary>
    internal string Cursor { get; private set; } = cursor;

    internal ChannelReader<ReceivedMessage> Items => _items.Reader;

    /// <summary>Puts in what came together, and moves the cursor when all of it is in. Waits while the consumer is behind.</summary>
    internal async ValueTask AddAsync(IReadOnlyList<ReceivedMessage> items, string? cursor, CancellationToken cancellationToken)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (!Accept(items[i]))
                continue;
            var item = items[i] with { Cursor = i == items.Count - 1 && cursor is not null ? cursor : Cursor };
            await _items.Writer.WriteAsync(item, cancellationToken).ConfigureAwait(false);
        }

        Cursor = cursor ?? Cursor;
    }

    /// <summary>Nothing more comes; a consumer sees the exception after what is in.</summary>
    internal void Complete(Exception? exception) => _items.Writer.TryComplete(exception);

    private bool Accept(ReceivedMessage item) => item.Kind switch
    {
        ReceivedKind.Gap => AcceptGap(item.Gap!),
        ReceivedKind.Message => AcceptMessage(item),
        _ => true,
    };

    /// <summary>False for what came before: a connection may break between a message and the cursor after it.</summary>
    private bool AcceptMessage(ReceivedMessage message)
    {
        var position = _positions.GetValueOrDefault(message.Channel);
        if (message.Offset <= position.Offset)
            return false;
        _positions[message.Channel] = position with { Offset = message.Offset };
        return true;
    }

    /// <summary>False for a gap that was told before. Offsets begin anew with another epoch, and only then.</summary>
    private bool AcceptGap(MessageGap gap)
    {
        if (_positions.TryGetValue(gap.Channel, out var position) && position.Offset >= gap.First - 1)
        {
            var sameLife = gap.Reason == "trimmed" ? position.Epoch is null || position.Epoch == gap.Epoch : position.Epoch == gap.Epoch;
            if (sameLife)
                return false;
        }

        _positions[gap.Channel] = new Position(gap.First - 1, gap.Epoch);
        return true;
    }

    private readonly record struct Position(long Offset, string? Epoch);
}
