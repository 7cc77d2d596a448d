using System.Diagnostics.CodeAnalysis;
using Realtime.Channels;

namespace Realtime.Sessions;

/// <summary>Where a reader wants to begin: at a cursor, with the oldest message, or with whatever comes next.</summary>
public sealed class ReadStart
{
    /// <summary>Only what comes from now on.</summary>
    public static readonly ReadStart Latest = new(null);

    /// <summary>All that is retained.</summary>
    public static readonly ReadStart Earliest = new(null);

    private readonly long? _after;

    private ReadStart(Cursor? cursor, long? after = null) => (Cursor, _after) = (cursor, after);

    /// <summary>The cursor; null for the two words and for an offset.</summary>
    public Cursor? Cursor { get; }

    /// <summary>Reads the <c>cursor</c> of a request: none or empty is <see cref="Latest"/>.</summary>
    /// <returns>False when it is neither a word nor a whole, unchanged cursor.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ReadStart? start)
    {
        start = text switch
        {
            null or "" or "latest" => Latest,
            "earliest" => Earliest,
            _ => Sessions.Cursor.TryParse(text, out var cursor) ? new ReadStart(cursor) : null,
        };
        return start is not null;
    }

    /// <summary>A place in one channel.</summary>
    public static ReadStart At(ChannelName channel, Position position)
    {
        var cursor = new CursorBuilder();
        cursor.Add(ChannelKey.Of(channel), position);
        return TryParse(cursor.ToString(), out var start) ? start : throw new ArgumentOutOfRangeException(nameof(position));
    }

    /// <summary>After an offset, in whatever life the log of each channel is.</summary>
    /// <param name="offset">0 or more.</param>
    public static ReadStart After(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new ReadStart(null, offset);
    }

    /// <summary>Whether it is a place in the present life of a log that this node has not heard of.</summary>
    internal bool IsAheadOf(ChannelLog log) => Cursor is null
        ? _after > log.Head
        : Cursor.TryGet(log.Key, out var position) && position.Offset > log.Head && position.Epoch == log.State.Epoch;

    /// <summary>The reader's position in a channel with the given key and state.</summary>
    /// <param name="channel">The channel's key.</param>
    /// <param name="state">Its present state.</param>
    /// <param name="known">Whether the reader's cursor holds the channel; where not, the reader doesn't know its position yet.</param>
    public Position In(ulong channel, ChannelState state, out bool known)
    {
        known = _after is not null;
        if (_after is { } after)
            return new Position(state.Epoch, after);
        if (Cursor is not null && Cursor.TryGet(channel, out var position))
        {
            known = true;
            return position;
        }

        return new Position(state.Epoch, ReferenceEquals(this, Earliest) ? state.First - 1 : state.Head);
    }
}
