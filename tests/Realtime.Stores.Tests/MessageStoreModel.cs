using Realtime.Channels;

namespace Realtime.Stores.Tests;

/// <summary>The rules of a message store, as plainly as they can be said: everything ever appended, in lists.</summary>
internal sealed class MessageStoreModel(MessageStoreOptions options, Epoch epoch)
{
    private readonly Dictionary<ChannelName, Log> _logs = [];

    internal ChannelState State(ChannelName channel) => new(epoch, Get(channel).First, Get(channel).All.Count);

    /// <returns>For each draft its offset and whether its id was known.</returns>
    internal List<(long Offset, bool IsDuplicate)> Append(IEnumerable<MessageDraft> drafts)
    {
        var outcomes = new List<(long, bool)>();
        foreach (var draft in drafts)
        {
            var log = Get(draft.Channel);
            var known = log.All.FindIndex((int)log.Forgotten, message => message.Id == draft.Id);
            if (known < 0)
                log.All.Add(draft);
            outcomes.Add((known < 0 ? log.All.Count : known + 1, known >= 0));
            log.First = Math.Max(log.First, log.All.Count - options.Retention.For(draft.Channel).MaxMessages + 1);
        }

        return outcomes;
    }

    internal List<Message> Read(ChannelName channel, long after, int limit) =>
        [.. Retained(channel).Where(message => message.Offset > after).Take(limit)];

    internal long Find(ChannelName channel, DateTimeOffset since) =>
        Retained(channel).FirstOrDefault(message => message.Time >= since)?.Offset ?? Get(channel).All.Count + 1;

    /// <returns>The channels whose first offset moved.</returns>
    internal HashSet<TrimmedChannel> Trim(DateTimeOffset now)
    {
        var moved = new HashSet<TrimmedChannel>();
        foreach (var (channel, log) in _logs)
        {
            var first = Find(channel, now - options.Retention.For(channel).MaxAge);
            if (first > log.First)
            {
                log.First = first;
                moved.Add(new TrimmedChannel(channel, State(channel)));
            }

            while (log.Forgotten < log.First - 1 && log.All[(int)log.Forgotten].Time < now - options.DeduplicationWindow)
                log.Forgotten++;
        }

        return moved;
    }

    private IEnumerable<Message> Retained(ChannelName channel)
    {
        var log = Get(channel);
        return log.All.Select((draft, i) => Message.Create(draft, i + 1)).Where(message => message.Offset >= log.First);
    }

    private Log Get(ChannelName channel)
    {
        if (!_logs.TryGetValue(channel, out var log))
            _logs.Add(channel, log = new Log());
        return log;
    }

    private sealed class Log
    {
        internal List<MessageDraft> All { get; } = [];

        internal long First { get; set; } = 1;

        /// <summary>How many messages' ids are no longer recognised.</summary>
        internal long Forgotten { get; set; }
    }
}
