using Realtime.Channels;
using Realtime.Stores.Sqlite.Internal;

namespace Realtime.Stores.Sqlite;

/// <summary>Consumers in the state file beside the messages.</summary>
public sealed class SqliteConsumerStore(SqliteStateDatabase state) : IConsumerStore
{
    // Owners of read markers come first in the key, because an inbox is all of one owner. A channel that was only written in has no epoch and offset.
    internal static readonly StatePart Part = new("consumers",
    [
        """
        CREATE TABLE consumers (
            owner TEXT NOT NULL,
            channel TEXT NOT NULL,
            name TEXT NOT NULL,
            epoch INTEGER,
            "offset" INTEGER,
            time INTEGER NOT NULL,
            PRIMARY KEY (owner, channel, name)) WITHOUT ROWID;
        """,
    ]);

    private const string Commit =
        """
        INSERT INTO consumers (owner, channel, name, epoch, "offset", time) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET epoch = excluded.epoch, "offset" = excluded."offset", time = excluded.time
        """;

    private const string Wrote = "INSERT INTO consumers (owner, channel, name, time) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";

    private const string Find = """SELECT epoch, "offset" FROM consumers WHERE owner = ? AND channel = ? AND name = ? AND epoch IS NOT NULL""";

    private const string Exists = "SELECT 1 FROM consumers WHERE owner = ? AND channel = ? AND name = ?";

    private const string Count = "SELECT count(*) FROM consumers WHERE owner = '' AND channel = ?";

    private const string Remove = "DELETE FROM consumers WHERE owner = ? AND channel = ? AND name = ?";

    private const string List =
        """
        SELECT channel, ifnull(epoch, -1), ifnull("offset", 0) FROM consumers WHERE owner = ? ORDER BY time DESC, channel LIMIT ?
        """;

    /// <inheritdoc/>
    public ValueTask<bool> CommitAsync(ConsumerKey consumer, Position position, DateTimeOffset time, int maxPerChannel, CancellationToken cancellationToken) =>
        state.WriteAsync(
            database =>
            {
                if (consumer.Owner.Length == 0 && Bind(database.For(Exists), consumer).One(row => row.Int64(0)) == 0
                    && database.For(Count).Bind(consumer.Channel.Value).One(row => row.Int64(0)) >= maxPerChannel)
                    return false;
                Bind(database.For(Commit), consumer).Bind(position.Epoch.Value).Bind(position.Offset).Bind(time.ToUnixTimeMilliseconds()).Run();
                return true;
            },
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Position?> FindAsync(ConsumerKey consumer, CancellationToken cancellationToken) => state.ReadAsync(
        database => Bind(database.For(Find), consumer).One(row => (Position?)new Position(new Epoch((uint)row.Int64(0)), row.Int64(1))), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(ConsumerKey consumer, CancellationToken cancellationToken) => state.WriteAsync(
        database =>
        {
            Bind(database.For(Remove), consumer).Run();
            return database.Changes > 0;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask WroteAsync(IReadOnlyList<ChannelWriter> writers, DateTimeOffset time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writers);
        await state.WriteAsync(
            database =>
            {
                foreach (var (user, channel) in writers)
                    Bind(database.For(Wrote), ConsumerKey.Of(channel, ConsumerKey.ReadMarker, user)).Bind(time.ToUnixTimeMilliseconds()).Run();
                return true;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<MarkedChannel>> ListAsync(string user, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return state.ReadAsync<IReadOnlyList<MarkedChannel>>(
            database => database.For(List).Bind(user).Bind(limit).All(16, row => new MarkedChannel(
                ChannelName.Parse(row.Text(0)), row.Int64(1) < 0 ? null : new Position(new Epoch((uint)row.Int64(1)), row.Int64(2)))),
            cancellationToken);
    }

    private static Statement Bind(Statement statement, ConsumerKey consumer) =>
        statement.Bind(consumer.Owner).Bind(consumer.Channel.Value).Bind(consumer.Name);
}
