using Realtime.Channels;

namespace Realtime.Stores.Sqlite.Internal;

/// <summary>All that changes the file, on its only writing connection. For one thread.</summary>
internal sealed class StoreWriter(Database database, MessageStoreOptions options, Epoch epoch)
{
    /// <summary>About 3 MB of rows of channels in memory; a channel that is not among them costs one look-up.</summary>
    private const int CachedChannels = 16_384;

    private readonly ChannelTable _channelTable = new(database);
    private readonly MessageTable _messages = new(database);
    private readonly Dictionary<ChannelName, ChannelRow> _channels = [];
    private readonly List<ChannelRow> _dirty = [];

    internal IReadOnlyList<AppendOutcome> Append(IReadOnlyList<MessageDraft> drafts) => Write(() =>
    {
        var outcomes = new AppendOutcome[drafts.Count];
        var rows = new ChannelRow[drafts.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            rows[i] = Find(drafts[i].Channel) ?? Create(drafts[i].Channel);
            outcomes[i] = Append(rows[i], drafts[i]);
        }

        // The state is the one after the whole batch, which may go on in the same channel.
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = outcomes[i] with { State = rows[i].State };
        return outcomes;
    });

    internal DeletedMessage? Delete(ChannelName name, string id) => Write(() =>
    {
        var channel = Find(name);
        var message = channel is null ? null : _messages.TryFindById(channel, id);
        if (message is null || message.Offset < channel!.First || message.Type == Message.DeletedType)
            return null;
        var deleted = message.ToDeleted();
        _messages.Replace(channel, deleted);
        return new DeletedMessage(deleted, channel.State);
    });

    /// <summary>Does one step of trimming: as many of the channels, in their order, as fit in the budget.</summary>
    /// <param name="channels">The channels to look at; those that are done leave the queue.</param>
    /// <param name="now">The present time.</param>
    /// <param name="budget">The most rows to delete.</param>
    /// <param name="trimmed">Gets the channels whose first offset moved.</param>
    internal bool Trim(Queue<ChannelName> channels, DateTimeOffset now, int budget, List<TrimmedChannel> trimmed) => Write(() =>
    {
        var forgetBefore = UnixTime.CutOff(now, options.DeduplicationWindow);
        // Channels without anything to delete count as well: they may be many, too.
        while (budget > 0 && channels.TryPeek(out var name))
        {
            budget--;
            var row = Find(name);
            if (row is not null)
            {
                if (MoveFirst(row, now))
                    trimmed.Add(new TrimmedChannel(name, row.State));

                var deletable = Math.Min(row.First, row.Oldest + budget);
                var end = row.OldestTime < forgetBefore ? _messages.Find(row, row.Oldest, deletable, forgetBefore) : row.Oldest;
                budget -= (int)(end - row.Oldest);
                Forget(row, end);
            }

            if (budget > 0)
                channels.Dequeue();
        }

        return true;
    });

    private T Write<T>(Func<T> work)
    {
        // Never within a transaction, where a row read again would miss what the transaction has yet to save.
        if (_channels.Count > CachedChannels)
            _channels.Clear();

        try
        {
            return database.Write(() =>
            {
                var result = work();
                foreach (var row in _dirty)
                    _channelTable.Save(row);
                return result;
            });
        }
        catch
        {
            _channels.Clear();
            throw;
        }
        finally
        {
            _dirty.Clear();
        }
    }

    private AppendOutcome Append(ChannelRow row, MessageDraft draft)
    {
        var offset = row.Head + 1;
        if (!_messages.TryInsert(row, offset, draft))
            return new AppendOutcome(_messages.FindById(row, draft.Id), IsDuplicate: true, default);

        if (row.Oldest == offset)
            row.OldestTime = draft.Time.ToUnixTimeMilliseconds();
        row.Head = offset;
        row.First = Math.Max(row.First, offset - options.Retention.For(row.Name).MaxMessages + 1);
        SaveLater(row);
        return new AppendOutcome(Message.Create(draft, offset), IsDuplicate: false, default);
    }

    /// <summary>Applies retention: by age, and by count where the rule has changed since the messages were appended.</summary>
    private bool MoveFirst(ChannelRow row, DateTimeOffset now)
    {
        var rule = options.Retention.For(row.Name);
        var first = Math.Max(row.First, row.Head - rule.MaxMessages + 1);
        var keepFrom = UnixTime.CutOff(now, rule.MaxAge);
        // The oldest message mostly tells already, and else the first one: looking further is for channels that have something to trim.
        if (row.OldestTime < keepFrom && first <= row.Head && _messages.TimeAt(row, first) < keepFrom)
            first = _messages.Find(row, first + 1, row.Head + 1, keepFrom);
        if (first == row.First)
            return false;

        row.First = first;
        SaveLater(row);
        return true;
    }

    private void Forget(ChannelRow row, long end)
    {
        if (end == row.Oldest)
            return;
        _messages.Delete(row, row.Oldest, end);
        row.Oldest = end;
        row.OldestTime = end <= row.Head ? _messages.TimeAt(row, end) : ChannelRow.NoTime;
        SaveLater(row);
    }

    private void SaveLater(ChannelRow row)
    {
        if (row.IsDirty)
            return;
        row.IsDirty = true;
        _dirty.Add(row);
    }

    private ChannelRow? Find(ChannelName name)
    {
        if (!_channels.TryGetValue(name, out var row) && (row = _channelTable.Find(name)) is not null)
            _channels.Add(name, row);
        return row;
    }

    private ChannelRow Create(ChannelName name)
    {
        var row = _channelTable.Create(name, epoch);
        _channels.Add(name, row);
        return row;
    }
}
