using Realtime.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>Reads and writes <c>channels</c> on one connection.</summary>
internal sealed class ChannelTable(Database database)
{
    private const string Columns = "id, name, epoch, oldest, oldest_time, first, head";

    private readonly Statement _byName = database.Prepare($"SELECT {Columns} FROM channels WHERE name = ?");

    private readonly Statement _trimmable = database.Prepare(
        $"""
         SELECT {Columns} FROM channels
         WHERE id > ?1 AND ((oldest < first AND oldest_time < ?2) OR oldest_time < ?3)
         ORDER BY id LIMIT ?4
         """);

    private readonly Statement _insert = database.Prepare(
        $"INSERT INTO channels (name, epoch, oldest, oldest_time, first, head) VALUES (?, ?, 1, ?, 1, 0) RETURNING {Columns}");

    private readonly Statement _update = database.Prepare(
        "UPDATE channels SET oldest = ?, oldest_time = ?, first = ?, head = ? WHERE id = ?");

    /// <returns>Null where nothing was ever appended.</returns>
    internal ChannelRow? Find(ChannelName name) => _byName.Bind(name.Value).One(Row);

    /// <summary>The next channels, by id, that hold something old enough for a round of trimming to look at.</summary>
    /// <param name="after">The last id of the page before.</param>
    /// <param name="trimmedBefore">Finds channels whose oldest message is trimmed and older than this.</param>
    /// <param name="anyBefore">Finds channels whose oldest message is older than this.</param>
    /// <param name="limit">The most rows.</param>
    internal List<ChannelRow> Trimmable(long after, long trimmedBefore, long anyBefore, int limit) =>
        _trimmable.Bind(after).Bind(trimmedBefore).Bind(anyBefore).Bind(limit).All(capacity: 0, Row);

    internal ChannelRow Create(ChannelName name, Epoch epoch)
    {
        var row = _insert.Bind(name.Value).Bind(epoch.Value).Bind(ChannelRow.NoTime).One(Row)!;
        ChannelRow.CheckRoom(row.Id, row.Head, database.Path);
        return row;
    }

    internal void Save(ChannelRow row)
    {
        _update.Bind(row.Oldest).Bind(row.OldestTime).Bind(row.First).Bind(row.Head).Bind(row.Id).Run();
        row.IsDirty = false;
    }

    private static ChannelRow Row(Statement statement) => new()
    {
        Id = statement.Int64(0),
        Name = ChannelName.Parse(statement.Text(1)),
        Epoch = new Epoch((uint)statement.Int64(2)),
        Oldest = statement.Int64(3),
        OldestTime = statement.Int64(4),
        First = statement.Int64(5),
        Head = statement.Int64(6),
    };
}
