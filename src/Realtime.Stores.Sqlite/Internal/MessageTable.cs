using System.Text;
using Realtime.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>Reads and writes <c>messages</c> on one connection.</summary>
internal sealed class MessageTable(Database database)
{
    private const string Columns = "key, id, type, user, time, data";

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO messages (key, channel, id, type, user, time, data) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id, channel) DO NOTHING
        """);

    private readonly Statement _byId = database.Prepare($"SELECT {Columns} FROM messages WHERE id = ? AND channel = ?");

    private readonly Statement _range = database.Prepare($"SELECT {Columns} FROM messages WHERE key BETWEEN ? AND ? ORDER BY key");

    private readonly Statement _time = database.Prepare("SELECT time FROM messages WHERE key = ?");

    private readonly Statement _replace = database.Prepare("UPDATE messages SET type = ?, data = ? WHERE key = ?");

    private readonly Statement _delete = database.Prepare("DELETE FROM messages WHERE key >= ? AND key < ?");

    /// <returns>False, having done nothing, when the channel holds a message with that id.</returns>
    internal bool TryInsert(ChannelRow channel, long offset, MessageDraft draft)
    {
        ChannelRow.CheckRoom(channel.Id, offset, database.Path);
        _insert.Bind(channel.Key(offset)).Bind(channel.Id).Bind(draft.Id).Bind(draft.Type).Bind(draft.User)
            .Bind(draft.Time.ToUnixTimeMilliseconds()).Bind(draft.Data.Span)
            .Run();
        return database.Changes == 1;
    }

    internal Message FindById(ChannelRow channel, string id) => TryFindById(channel, id) ?? throw SqliteErrors.ToDamaged(database.Path);

    /// <returns>Null where the channel holds no message with that id.</returns>
    internal Message? TryFindById(ChannelRow channel, string id) => _byId.Bind(id).Bind(channel.Id).One(row => Row(row, channel.Name));

    /// <summary>Writes the type and data of a message over those at its place.</summary>
    internal void Replace(ChannelRow channel, Message message) =>
        _replace.Bind(message.Type).Bind(message.Data.Span).Bind(channel.Key(message.Offset)).Run();

    /// <summary>The messages from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
    internal List<Message> Range(ChannelRow channel, long first, long last, CancellationToken cancellationToken)
    {
        var count = (int)(last - first + 1);
        var messages = _range.Bind(channel.Key(first)).Bind(channel.Key(last)).All(count, row =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Row(row, channel.Name);
        });
        return messages.Count == count ? messages : throw SqliteErrors.ToDamaged(database.Path);
    }

    internal long TimeAt(ChannelRow channel, long offset) =>
        _time.Bind(channel.Key(offset)).One(row => (long?)row.Int64(0)) ?? throw SqliteErrors.ToDamaged(database.Path);

    /// <summary>
    /// The first offset from <paramref name="low"/> on whose message is not before <paramref name="time"/>; <paramref name="high"/> when
    /// there is none below it. Times do not decrease within a channel, so a handful of rows tells, and no index of times is needed.
    /// </summary>
    internal long Find(ChannelRow channel, long low, long high, long time)
    {
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (TimeAt(channel, middle) < time)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Deletes the messages from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    internal void Delete(ChannelRow channel, long first, long end) => _delete.Bind(channel.Key(first)).Bind(channel.Key(end)).Run();

    private static Message Row(Statement row, ChannelName channel)
    {
        var type = row.Bytes(2);
        var draft = new MessageDraft(
            channel,
            row.Text(1),
            type.SequenceEqual("message"u8) ? Message.DefaultType : Encoding.UTF8.GetString(type),
            row.Text(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(4)),
            row.Bytes(5).ToArray());
        return Message.Create(draft, ChannelRow.Offset(row.Int64(0)));
    }
}
