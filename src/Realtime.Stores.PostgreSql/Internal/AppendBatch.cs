using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;
using Realtime.Channels;

namespace Realtime.Stores.PostgreSql.Internal;

/// <summary>A batch on its way to the server's <c>append</c> function, as arrays, and back.</summary>
internal sealed class AppendBatch
{
    private readonly IReadOnlyList<MessageDraft> _drafts;

    /// <summary>For each draft the one that is sent for it: itself, or an earlier one with the same id.</summary>
    private readonly int[] _sentFor;

    /// <summary>The drafts that are sent, by their place among all, and for each the place of its channel.</summary>
    private readonly int[] _sent;
    private readonly int[] _channelOf;

    private readonly ChannelName[] _channels;
    private readonly long[] _maxMessages;

    internal AppendBatch(IReadOnlyList<MessageDraft> drafts, RetentionOptions retention)
    {
        _drafts = drafts;
        _sentFor = new int[drafts.Count];
        _channelOf = new int[drafts.Count];
        var channels = new Dictionary<ChannelName, int>();
        var ids = new Dictionary<(int Channel, string Id), int>(drafts.Count);
        var sent = new List<int>(drafts.Count);
        for (var i = 0; i < drafts.Count; i++)
        {
            ref var channel = ref CollectionsMarshal.GetValueRefOrAddDefault(channels, drafts[i].Channel, out var isKnown);
            if (!isKnown)
                channel = channels.Count - 1;
            _channelOf[i] = channel;
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(ids, (channel, drafts[i].Id), out isKnown);
            if (!isKnown)
            {
                first = i;
                sent.Add(i);
            }

            _sentFor[i] = first;
        }

        // In the order of bytes, as the server compares them.
        _channels = [.. channels.Keys];
        Array.Sort(_channels, (left, right) => string.CompareOrdinal(left.Value, right.Value));
        _maxMessages = Array.ConvertAll(_channels, channel => (long)retention.For(channel).MaxMessages);
        var places = new int[_channels.Length];
        for (var place = 0; place < places.Length; place++)
            places[channels[_channels[place]]] = place;
        for (var i = 0; i < _channelOf.Length; i++)
            _channelOf[i] = places[_channelOf[i]];
        _sent = [.. sent];
    }

    /// <summary>Appends it. One round trip, on a connection that did so before.</summary>
    internal async Task<IReadOnlyList<AppendOutcome>> RunAsync(NpgsqlConnection connection, string schema)
    {
        await using var command = new NpgsqlCommand($"SELECT * FROM {Schema.Quote(schema)}.append($1, $2, $3, $4, $5, $6, $7, $8)", connection);
        Add(command, NpgsqlDbType.Text, Array.ConvertAll(_channels, channel => channel.Value));
        Add(command, NpgsqlDbType.Bigint, _maxMessages);
        Add(command, NpgsqlDbType.Integer, Array.ConvertAll(_sent, i => _channelOf[i] + 1));
        Add(command, NpgsqlDbType.Text, Array.ConvertAll(_sent, i => _drafts[i].Id));
        Add(command, NpgsqlDbType.Text, Array.ConvertAll(_sent, i => _drafts[i].Type));
        Add(command, NpgsqlDbType.Bytea, Array.ConvertAll(_sent, i => MessageRow.Bytes(_drafts[i].User)));
        Add(command, NpgsqlDbType.Bigint, Array.ConvertAll(_sent, i => _drafts[i].Time.ToUnixTimeMilliseconds()));
        Add(command, NpgsqlDbType.Bytea, Array.ConvertAll(_sent, i => _drafts[i].Data));
        await command.PrepareAsync();

        IReadOnlyList<AppendOutcome> outcomes;
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            outcomes = Outcomes(reader);
            // Only now is it committed: the answer to a statement comes before the end of its transaction, which may still fail.
            while (await reader.NextResultAsync())
            {
            }
        }

        return outcomes;
    }

    private static void Add<T>(NpgsqlCommand command, NpgsqlDbType type, T[] values) =>
        command.Parameters.Add(new NpgsqlParameter<T[]> { NpgsqlDbType = NpgsqlDbType.Array | type, TypedValue = values });

    private AppendOutcome[] Outcomes(NpgsqlDataReader row)
    {
        var epoch = new Epoch((uint)row.GetInt64(0));
        var firsts = row.GetFieldValue<long[]>(1);
        var heads = row.GetFieldValue<long[]>(2);
        var times = row.GetFieldValue<long[]>(3);
        var outcomes = new AppendOutcome[_drafts.Count];
        ReadKnown(row, outcomes);

        foreach (var i in _sent)
        {
            if (outcomes[i].IsDuplicate)
                continue;
            var draft = _drafts[i];
            var time = times[_channelOf[i]];
            if (draft.Time.ToUnixTimeMilliseconds() < time)
                draft = draft with { Time = DateTimeOffset.FromUnixTimeMilliseconds(time) };
            outcomes[i] = new AppendOutcome(Message.Create(draft, ++heads[_channelOf[i]]), IsDuplicate: false, default);
        }

        for (var i = 0; i < outcomes.Length; i++)
        {
            var channel = _channelOf[i];
            if (_sentFor[i] != i)
                outcomes[i] = new AppendOutcome(outcomes[_sentFor[i]].Message, IsDuplicate: true, default);
            var first = Math.Max(firsts[channel], heads[channel] - _maxMessages[channel] + 1);
            outcomes[i] = outcomes[i] with { State = new ChannelState(epoch, first, heads[channel]) };
        }

        return outcomes;
    }

    private void ReadKnown(NpgsqlDataReader row, AppendOutcome[] outcomes)
    {
        if (row.IsDBNull(4))
            return;
        var places = row.GetFieldValue<int[]>(4);
        var offsets = row.GetFieldValue<long[]>(5);
        var times = row.GetFieldValue<long[]>(6);
        var types = row.GetFieldValue<string[]>(7);
        var users = row.GetFieldValue<byte[][]>(8);
        var data = row.GetFieldValue<byte[][]>(9);
        for (var k = 0; k < places.Length; k++)
        {
            var i = _sent[places[k] - 1];
            var message = MessageRow.Create(_drafts[i].Channel, offsets[k], times[k], _drafts[i].Id, types[k], users[k], data[k]);
            outcomes[i] = new AppendOutcome(message, IsDuplicate: true, default);
        }
    }
}
