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

            messages.Add(MessageRow.Create(
                channel,
                rows.GetInt64(3),
                rows.GetInt64(4),
                rows.GetString(5),
                rows.GetString(6),
                rows.GetFieldValue<byte[]>(7),
                rows.GetFieldValue<byte[]>(8)));
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

    private static ChannelState State(NpgsqlDataReader row)
    {
        var epoch = new Epoch((uint)row.GetInt64(0));
        return row.IsDBNull(1) ? new ChannelState(epoch, 1, 0) : new ChannelState(epoch, row.GetInt64(1), row.GetInt64(2));
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, T value) =>
        command.Parameters.Add(new NpgsqlParameter<T> { NpgsqlDbType = type, TypedValue = value });
}
