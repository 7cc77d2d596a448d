using Npgsql;
using NpgsqlTypes;
using Realtime.Channels;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>All that only reads: each one statement, so that what it gives is of one instant.</summary>
internal sealed class Queries(string schema, string place)
{
    private readonly string _states =
        $"""
         SELECT (SELECT value FROM {Schema.Quote(schema)}.meta WHERE name = 'epoch'), c.first, c.head, asked.place
         FROM unnest($1) WITH ORDINALITY AS asked (name, place)
         LEFT JOIN {Schema.Quote(schema)}.channels c ON c.name = asked.name
         """;

    private readonly string _page =
        $"""
         SELECT (SELECT value FROM {Schema.Quote(schema)}.meta WHERE name = 'epoch'), c.first, c.head,
             m."offset", m.time, m.id, m.type, m."user", m.data
         FROM (SELECT $1 AS name) asked
         LEFT JOIN {Schema.Quote(schema)}.channels c ON c.name = asked.name
         LEFT JOIN LATERAL (
             SELECT * FROM {Schema.Quote(schema)}.messages m
             WHERE m.channel = c.id AND m."offset" > GREATEST($2, c.first - 1)
             ORDER BY m."offset" LIMIT $3) m ON true
         ORDER BY m."offset"
         """;

    private readonly string _offset =
        $"SELECT {Schema.Quote(schema)}.find_offset(id, first, head + 1, $2) FROM {Schema.Quote(schema)}.channels WHERE name = $1";

    private readonly string _ranges =
        $"""
         SELECT asked.place, m."offset", m.time, m.id, m.type, m."user", m.data
         FROM unnest($1, $2, $3) WITH ORDINALITY AS asked (name, first, last, place)
         JOIN {Schema.Quote(schema)}.channels c ON c.name = asked.name
         JOIN LATERAL (
             SELECT * FROM {Schema.Quote(schema)}.messages m
             WHERE m.channel = c.id AND m."offset" BETWEEN GREATEST(asked.first, c.first) AND asked.last
             ORDER BY m."offset") m ON true
         ORDER BY asked.place, m."offset"
         """;

    private readonly string _delete =
        $"""
         UPDATE {Schema.Quote(schema)}.messages m SET type = $3, data = $4
         FROM {Schema.Quote(schema)}.channels c
         WHERE c.name = $1 AND m.id = $2 AND m.channel = c.id AND m."offset" >= c.first AND m.type <> $3
         RETURNING (SELECT value FROM {Schema.Quote(schema)}.meta WHERE name = 'epoch'), c.first, c.head, m."offset", m.time, m.id, m.type, m."user", m.data
         """;

    private readonly string _trimmable =
        $"""
         SELECT id, name FROM {Schema.Quote(schema)}.channels
         WHERE id > $1 AND ((oldest < first AND oldest_time < $2) OR oldest_time < $3)
         ORDER BY id LIMIT $4
         """;

    internal async Task<IReadOnlyList<ChannelState>> StatesAsync(
        NpgsqlConnection connection, IReadOnlyList<ChannelName> channels, CancellationToken cancellationToken)
    {
        var states = new ChannelState[channels.Count];
        await using var command = new NpgsqlCommand(_states, connection);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Text, channels.Select(channel => channel.Value).ToArray());
        await command.PrepareAsync(cancellationToken);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            states[rows.GetInt64(3) - 1] = State(rows);
        return states;
    }

    internal async Task<MessagePage> PageAsync(
        NpgsqlConnection connection, ChannelName channel, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(_page, connection);
        Add(command, NpgsqlDbType.Text, channel.Value);
        Add(command, NpgsqlDbType.Bigint, after);
        Add(command, NpgsqlDbType.Integer, limit);
        await command.PrepareAsync(cancellationToken);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        await rows.ReadAsync(cancellationToken);
        var state = State(rows);
        var messages = new List<Message>();
        if (rows.IsDBNull(3))
            return new MessagePage(state, messages);

        var offset = Math.Max(after + 1, state.First);
        do
        {
            if (rows.GetInt64(3) != offset++)
            {
                throw new RealtimeException(
                    $"The message store {place} is damaged (messages of the channel {channel} are missing): restore a backup.", isTransient: false);
            }

            messages.Add(MessageAt(rows, 3, channel));
        }
        while (await rows.ReadAsync(cancellationToken));
        return new MessagePage(state, messages);
    }

    /// <returns>1 where nothing was ever appended.</returns>
    internal async Task<long> OffsetAsync(NpgsqlConnection connection, ChannelName channel, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(_offset, connection);
        Add(command, NpgsqlDbType.Text, channel.Value);
        Add(command, NpgsqlDbType.Bigint, UnixTime.Ceiling(since));
        await command.PrepareAsync(cancellationToken);
        return await command.ExecuteScalarAsync(cancellationToken) as long? ?? 1;
    }

    /// <summary>The next channels, by id, that hold something old enough for a round of trimming to look at.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="after">The last id of the page before.</param>
    /// <param name="trimmedBefore">Finds channels whose oldest message is trimmed and older than this.</param>
    /// <param name="anyBefore">Finds channels whose oldest message is older than this.</param>
    /// <param name="limit">The most rows.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    internal async Task<List<(long Id, ChannelName Name)>> TrimmableAsync(
        NpgsqlConnection connection, long after, long trimmedBefore, long anyBefore, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(_trimmable, connection);
        Add(command, NpgsqlDbType.Bigint, after);
        Add(command, NpgsqlDbType.Bigint, trimmedBefore);
        Add(command, NpgsqlDbType.Bigint, anyBefore);
        Add(command, NpgsqlDbType.Integer, limit);
        await command.PrepareAsync(cancellationToken);
        var found = new List<(long, ChannelName)>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            found.Add((rows.GetInt64(0), ChannelName.Parse(rows.GetString(1))));
        return found;
    }

    internal async Task<IReadOnlyList<IReadOnlyList<Message>>> RangesAsync(
        NpgsqlConnection connection, IReadOnlyList<MessageRange> ranges, CancellationToken cancellationToken)
    {
        var found = new List<Message>[ranges.Count];
        for (var i = 0; i < found.Length; i++)
            found[i] = [];
        await using var command = new NpgsqlCommand(_ranges, connection);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Text, ranges.Select(range => range.Channel.Value).ToArray());
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Bigint, ranges.Select(range => range.First).ToArray());
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Bigint, ranges.Select(range => range.Last).ToArray());
        await command.PrepareAsync(cancellationToken);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var place = (int)rows.GetInt64(0) - 1;
            found[place].Add(MessageAt(rows, 1, ranges[place].Channel));
        }

        return found;
    }

    internal async Task<DeletedMessage?> DeleteAsync(NpgsqlConnection connection, ChannelName channel, string id)
    {
        await using var command = new NpgsqlCommand(_delete, connection);
        Add(command, NpgsqlDbType.Text, channel.Value);
        Add(command, NpgsqlDbType.Text, id);
        Add(command, NpgsqlDbType.Text, Message.DeletedType);
        Add(command, NpgsqlDbType.Bytea, "null"u8.ToArray());
        await using var rows = await command.ExecuteReaderAsync();
        var deleted = await rows.ReadAsync() ? new DeletedMessage(MessageAt(rows, 3, channel), State(rows)) : null;
        // Only now is it committed.
        await rows.NextResultAsync();
        return deleted;
    }

    private static Message MessageAt(NpgsqlDataReader row, int column, ChannelName channel) => MessageRow.Create(
        channel,
        row.GetInt64(column),
        row.GetInt64(column + 1),
        row.GetString(column + 2),
        row.GetString(column + 3),
        row.GetFieldValue<byte[]>(column + 4),
        row.GetFieldValue<byte[]>(column + 5));

    private static ChannelState State(NpgsqlDataReader row)
    {
        var epoch = new Epoch((uint)row.GetInt64(0));
        return row.IsDBNull(1) ? new ChannelState(epoch, 1, 0) : new ChannelState(epoch, row.GetInt64(1), row.GetInt64(2));
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, T value) =>
        command.Parameters.Add(new NpgsqlParameter<T> { NpgsqlDbType = type, TypedValue = value });
}
