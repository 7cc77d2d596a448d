using Npgsql;
using NpgsqlTypes;
using Realtime.Channels;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>A round of trimming: finds the channels that have something to trim, and trims them in small steps.</summary>
internal sealed class Trimmer(Connections connections, Queries queries, MessageStoreOptions options)
{
    /// <summary>How many rows a step deletes, and how many channels it locks, before it lets appends in: some milliseconds.</summary>
    private const int StepRows = 500;
    private const int StepChannels = 50;

    /// <summary>How many channels are looked up at once.</summary>
    private const int Page = 1_000;

    private readonly string _trim = $"SELECT * FROM {Schema.Quote(connections.Schema)}.trim($1, $2, $3, $4, $5)";
    private volatile bool _looksAtAll = true;

    /// <returns>What this node trimmed; where another node is trimming, the round ends early.</returns>
    internal async Task<IReadOnlyList<TrimmedChannel>> RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var trimmed = new List<TrimmedChannel>();
        var trimmedBefore = UnixTime.CutOff(now, options.DeduplicationWindow);
        // The rules may have changed since the last node that trimmed was started, so the first round looks at every channel.
        var anyBefore = _looksAtAll ? long.MaxValue : UnixTime.CutOff(now, ShortestAge());
        for (var last = 0L; ;)
        {
            var page = await connections.ReadAsync(
                (connection, cancel) => queries.TrimmableAsync(connection, last, trimmedBefore, anyBefore, Page, cancel), cancellationToken);
            foreach (var channels in page.Select(channel => channel.Name).Chunk(StepChannels))
            {
                // Ascending, as appends lock them.
                ArraySegment<ChannelName> left = channels.OrderBy(channel => channel.Value, StringComparer.Ordinal).ToArray();
                while (left.Count > 0)
                {
                    var step = left;
                    var done = await connections.WriteAsync(connection => StepAsync(connection, step, now, trimmed), cancellationToken);
                    if (done is null)
                        return trimmed;
                    left = left[done.Value..];
                }
            }

            if (page.Count < Page)
                break;
            last = page[^1].Id;
        }

        _looksAtAll = false;
        return trimmed;
    }

    /// <returns>How many of the channels are done; null when another node is trimming.</returns>
    private async Task<int?> StepAsync(NpgsqlConnection connection, ArraySegment<ChannelName> channels, DateTimeOffset now, List<TrimmedChannel> trimmed)
    {
        await using var command = new NpgsqlCommand(_trim, connection);
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Text, channels.Select(channel => channel.Value).ToArray());
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Bigint, channels.Select(channel => (long)options.Retention.For(channel).MaxMessages).ToArray());
        Add(command, NpgsqlDbType.Array | NpgsqlDbType.Bigint, channels.Select(channel => UnixTime.CutOff(now, options.Retention.For(channel).MaxAge)).ToArray());
        Add(command, NpgsqlDbType.Bigint, UnixTime.CutOff(now, options.DeduplicationWindow));
        Add(command, NpgsqlDbType.Integer, StepRows);
        await command.PrepareAsync();
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        if (row.IsDBNull(1))
            return null;

        var done = row.GetInt32(1);
        var moved = new List<TrimmedChannel>();
        if (!row.IsDBNull(2))
        {
            var epoch = new Epoch((uint)row.GetInt64(0));
            var (places, firsts, heads) = (row.GetFieldValue<int[]>(2), row.GetFieldValue<long[]>(3), row.GetFieldValue<long[]>(4));
            for (var i = 0; i < places.Length; i++)
                moved.Add(new TrimmedChannel(channels[places[i] - 1], new ChannelState(epoch, firsts[i], heads[i])));
        }

        // Only now is it committed.
        await row.NextResultAsync();
        trimmed.AddRange(moved);
        return done;
    }

    private TimeSpan ShortestAge() => options.Retention.Values.Append(new RetentionRule()).Min(rule => rule.MaxAge);

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, T value) =>
        command.Parameters.Add(new NpgsqlParameter<T> { NpgsqlDbType = type, TypedValue = value });
}
