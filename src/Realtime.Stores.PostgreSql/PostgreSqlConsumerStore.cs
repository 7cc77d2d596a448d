using Npgsql;
using Realtime.Channels;
using Realtime.Stores.PostgreSql.Internal;

namespace Realtime.Stores.PostgreSql;

/// <summary>Consumers in the schema of the message store, shared by its nodes. Each call is one round trip.</summary>
public sealed class PostgreSqlConsumerStore : IConsumerStore
{
    internal static readonly SchemaPart Part = new("consumers", "Consumers", 1);

    private readonly StateCalls _calls;

    /// <summary>Creates the store; it works once the message store is open.</summary>
    public PostgreSqlConsumerStore(PostgreSqlMessageStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _calls = new StateCalls(store);
    }

    /// <inheritdoc/>
    /// <remarks>Of several nodes that commit new consumers of a channel at once, some may exceed the bound by a few.</remarks>
    public async ValueTask<bool> CommitAsync(
        ConsumerKey consumer, Position position, DateTimeOffset time, int maxPerChannel, CancellationToken cancellationToken) =>
        await _calls.WriteAsync(
            """
            INSERT INTO @schema.consumers AS c (owner, channel, name, epoch, "offset", time)
            SELECT $1, $2, $3, $4, $5, $6
            WHERE length($1) > 0
                OR EXISTS (SELECT FROM @schema.consumers k WHERE k.owner = $1 AND k.channel = $2 AND k.name = $3)
                OR (SELECT count(*) FROM @schema.consumers k WHERE k.owner = $1 AND k.channel = $2) < $7
            ON CONFLICT (owner, channel, name) DO UPDATE SET epoch = excluded.epoch, "offset" = excluded."offset", time = excluded.time
            """,
            cancellationToken,
            [
                .. Key(consumer), StateCalls.Number(position.Epoch.Value), StateCalls.Number(position.Offset), StateCalls.Number(time.ToUnixTimeMilliseconds()),
                StateCalls.Number(maxPerChannel),
            ]) > 0;

    /// <inheritdoc/>
    public ValueTask<Position?> FindAsync(ConsumerKey consumer, CancellationToken cancellationToken) => _calls.ReadAsync(
        """SELECT epoch, "offset" FROM @schema.consumers WHERE owner = $1 AND channel = $2 AND name = $3 AND epoch IS NOT NULL""",
        async (rows, cancel) => await rows.ReadAsync(cancel) ? (Position?)new Position(new Epoch((uint)rows.GetInt64(0)), rows.GetInt64(1)) : null,
        cancellationToken,
        Key(consumer));

    /// <inheritdoc/>
    public async ValueTask<bool> RemoveAsync(ConsumerKey consumer, CancellationToken cancellationToken) =>
        await _calls.WriteAsync("DELETE FROM @schema.consumers WHERE owner = $1 AND channel = $2 AND name = $3", cancellationToken, Key(consumer)) > 0;

    /// <inheritdoc/>
    public async ValueTask WroteAsync(IReadOnlyList<ChannelWriter> writers, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writers);
        await _calls.WriteAsync(
            // In the order of the key, so that nodes which note the same ones never wait for each other in a circle.
            """
            INSERT INTO @schema.consumers (owner, channel, name, time)
            SELECT w.owner, w.channel, $3, $4 FROM unnest($1, $2) AS w (owner, channel) ORDER BY w.owner, w.channel COLLATE "C"
            ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            StateCalls.ManyBytes(writers.Select(writer => writer.User)),
            StateCalls.Texts(writers.Select(writer => writer.Channel.Value)),
            StateCalls.Text(ConsumerKey.ReadMarker),
            StateCalls.Number(time.ToUnixTimeMilliseconds()));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MarkedChannel>> ListAsync(string user, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _calls.ReadAsync<IReadOnlyList<MarkedChannel>>(
            """SELECT channel, epoch, "offset" FROM @schema.consumers WHERE owner = $1 ORDER BY time DESC, channel LIMIT $2""",
            async (rows, cancel) =>
            {
                var channels = new List<MarkedChannel>();
                while (await rows.ReadAsync(cancel))
                {
                    channels.Add(new MarkedChannel(
                        ChannelName.Parse(rows.GetString(0)), rows.IsDBNull(1) ? null : new Position(new Epoch((uint)rows.GetInt64(1)), rows.GetInt64(2))));
                }

                return channels;
            },
            cancellationToken,
            StateCalls.Bytes(user), StateCalls.Number(limit));
    }

    private static NpgsqlParameter[] Key(ConsumerKey consumer) =>
        [StateCalls.Bytes(consumer.Owner), StateCalls.Text(consumer.Channel.Value), StateCalls.Text(consumer.Name)];
}
