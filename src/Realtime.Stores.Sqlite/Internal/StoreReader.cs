using Realtime.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>A connection that only reads. For one thread at a time.</summary>
internal sealed class StoreReader : IDisposable
{
    private readonly Database _database;
    private readonly ChannelTable _channels;
    private readonly MessageTable _messages;

    internal StoreReader(string path)
    {
        _database = Database.Open(path);
        try
        {
            _database.Execute("PRAGMA query_only = 1");
            _channels = new ChannelTable(_database);
            _messages = new MessageTable(_database);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    internal ChannelRow? Find(ChannelName channel) => _channels.Find(channel);

    internal ChannelRow?[] Find(IReadOnlyList<ChannelName> channels) => _database.Read(() =>
    {
        var rows = new ChannelRow?[channels.Count];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = _channels.Find(channels[i]);
        return rows;
    });

    internal List<ChannelRow> Trimmable(long after, long trimmedBefore, long anyBefore, int limit) =>
        _channels.Trimmable(after, trimmedBefore, anyBefore, limit);

    /// <returns>Null where nothing was ever appended.</returns>
    internal MessagePage? Read(ChannelName channel, long after, int limit, CancellationToken cancellationToken) => _database.Read(() =>
    {
        if (_channels.Find(channel) is not { } row)
            return null;
        var first = Math.Max(row.First, Math.Min(after, row.Head) + 1);
        var last = Math.Min(row.Head, first + limit - 1);
        return new MessagePage(row.State, first <= last ? _messages.Range(row, first, last, cancellationToken) : []);
    });

    internal IReadOnlyList<IReadOnlyList<Message>> Read(IReadOnlyList<MessageRange> ranges, CancellationToken cancellationToken) => _database.Read(() =>
    {
        var found = new IReadOnlyList<Message>[ranges.Count];
        for (var i = 0; i < found.Length; i++)
        {
            var row = _channels.Find(ranges[i].Channel);
            var first = Math.Max(row?.First ?? 0, ranges[i].First);
            var last = Math.Min(row?.Head ?? 0, ranges[i].Last);
            found[i] = first <= last ? _messages.Range(row!, first, last, cancellationToken) : [];
        }

        return found;
    });

    /// <returns>Null where nothing was ever appended.</returns>
    internal long? FindOffset(ChannelName channel, DateTimeOffset since) => _database.Read(() =>
        _channels.Find(channel) is { } row ? _messages.Find(row, row.First, row.Head + 1, UnixTime.Ceiling(since)) : (long?)null);

    public void Dispose() => _database.Dispose();
}
