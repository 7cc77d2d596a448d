using System.Collections.Concurrent;
using Realtime.Channels;
using Realtime.Stores;

namespace Realtime.Feeds.Sources;

/// <summary>The newest posts of authors, kept in memory for all who pull them; those that were used longest ago are dropped first.</summary>
internal sealed class Outboxes(IMessageStore store, FeedOptions options, TimeProvider time)
{
    /// <summary>Posts that are read at once: more than a page of a timeline takes from one author, mostly.</summary>
    private const int Step = 64;

    private readonly ConcurrentDictionary<string, Outbox> _outboxes = new(StringComparer.Ordinal);
    private readonly Lock _sweep = new();
    private long _entries;

    /// <summary>References that are held.</summary>
    internal long Entries => Volatile.Read(ref _entries);

    /// <summary>Reads the newest posts before a position of several authors. Of each author all posts that are among them are given, or the newest <paramref name="limit"/>.</summary>
    /// <param name="sources">The authors, with the state of their channels.</param>
    /// <param name="before">The position.</param>
    /// <param name="limit">The most posts of each author.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    internal async ValueTask<SourcePage[]> ReadAsync(
        IReadOnlyList<Source> sources, PostPosition before, int limit, CancellationToken cancellationToken)
    {
        var pages = new SourcePage[sources.Count];
        var open = new List<int>(sources.Count);
        for (var i = 0; i < pages.Length; i++)
            open.Add(i);
        var newer = await BringUpToDateAsync(sources, cancellationToken);
        while (open.Count > 0)
        {
            var deeper = new List<int>();
            foreach (var i in open)
            {
                var posts = new List<PostRef>();
                if (newer[i].TryRead(before, limit, posts))
                    pages[i] = new SourcePage(sources[i], posts, newer[i].IsWhole && posts.Count < limit);
                else if (newer[i].Count < Outbox.MaxPosts)
                    deeper.Add(i);
                else
                    pages[i] = await ReadDeepAsync(sources[i], before, limit, cancellationToken);
            }

            if (deeper.Count > 0)
                await DeepenAsync(sources, newer, deeper, Math.Max(Step, limit), cancellationToken);
            open = deeper;
        }

        return pages;
    }

    /// <summary>Gives for each author an outbox that holds the newest posts up to the head that is asked for.</summary>
    private async ValueTask<Outbox[]> BringUpToDateAsync(IReadOnlyList<Source> sources, CancellationToken cancellationToken)
    {
        var outboxes = new Outbox[sources.Count];
        List<int>? stale = null;
        var now = time.GetTimestamp();
        for (var i = 0; i < outboxes.Length; i++)
        {
            if (_outboxes.TryGetValue(sources[i].Author, out var outbox) && outbox.State == sources[i].State)
            {
                outbox.LastUsed = now;
                outboxes[i] = outbox;
            }
            else
            {
                (stale ??= []).Add(i);
            }
        }

        if (stale is null)
            return outboxes;
        var bases = new Outbox?[stale.Count];
        var ranges = new MessageRange[stale.Count];
        for (var n = 0; n < ranges.Length; n++)
        {
            var (author, state) = sources[stale[n]];
            bases[n] = Base(sources[stale[n]]);
            var low = bases[n]?.State.Head + 1 ?? Math.Max(state.First, state.Head - Step + 1);
            ranges[n] = new MessageRange(PostRef.ChannelOf(author), low, state.Head);
        }

        var read = await store.ReadAsync(ranges, cancellationToken);
        for (var n = 0; n < ranges.Length; n++)
        {
            var (author, state) = sources[stale[n]];
            var outbox = bases[n] is { } known ? known.Newer(read[n], state) : Outbox.Of(read[n], ranges[n].First, state);
            outboxes[stale[n]] = outbox;
            Keep(author, outbox, now);
        }

        return outboxes;
    }

    /// <summary>What is known of an author and can be added to; null where it is better read anew.</summary>
    private Outbox? Base(Source source) =>
        _outboxes.TryGetValue(source.Author, out var known) && known.State.Epoch == source.State.Epoch
            && known.State.Head <= source.State.Head && known.State.Head >= source.State.Head - Step && known.State.First <= source.State.First
            ? known
            : null;

    private async ValueTask DeepenAsync(
        IReadOnlyList<Source> sources, Outbox[] outboxes, List<int> which, int step, CancellationToken cancellationToken)
    {
        var ranges = which.ConvertAll(i => new MessageRange(
            PostRef.ChannelOf(sources[i].Author), Math.Max(sources[i].State.First, outboxes[i].Low - step), outboxes[i].Low - 1));
        var read = await store.ReadAsync(ranges, cancellationToken);
        for (var n = 0; n < which.Count; n++)
        {
            outboxes[which[n]] = outboxes[which[n]].Older(read[n], ranges[n].First);
            Keep(sources[which[n]].Author, outboxes[which[n]], time.GetTimestamp());
        }
    }

    /// <summary>Reads below what is kept, from the store.</summary>
    private async ValueTask<SourcePage> ReadDeepAsync(Source source, PostPosition before, int limit, CancellationToken cancellationToken)
    {
        var channel = PostRef.ChannelOf(source.Author);
        var end = before.Time == long.MaxValue
            ? source.State.Head + 1
            : await store.FindOffsetAsync(channel, DateTimeOffset.FromUnixTimeMilliseconds(before.Time).AddMilliseconds(1), cancellationToken);
        end = Math.Min(end, source.State.Head + 1);
        for (var count = limit + Step; ; count *= 2)
        {
            var low = Math.Max(source.State.First, end - count);
            var read = await store.ReadAsync([new MessageRange(channel, low, end - 1)], cancellationToken);
            var posts = new List<PostRef>();
            var outbox = Outbox.Of(read[0], low, source.State);
            if (outbox.TryRead(before, limit, posts))
                return new SourcePage(source, posts, outbox.IsWhole && posts.Count < limit);
        }
    }

    private void Keep(string author, Outbox outbox, long now)
    {
        outbox.LastUsed = now;
        var before = 0;
        _outboxes.AddOrUpdate(author, outbox, (_, known) =>
        {
            before = known.Count;
            return outbox;
        });
        if (Interlocked.Add(ref _entries, outbox.Count - before) <= options.MaxOutboxEntries || !_sweep.TryEnter())
            return;
        try
        {
            // A tenth at a time, so that it is seldom done; from a copy at one instant, because sorting counts and copies in two steps.
            foreach (var (name, oldest) in _outboxes.ToArray().OrderBy(pair => pair.Value.LastUsed))
            {
                if (Entries <= options.MaxOutboxEntries / 10 * 9)
                    return;
                if (_outboxes.TryRemove(KeyValuePair.Create(name, oldest)))
                    Interlocked.Add(ref _entries, -oldest.Count);
            }
        }
        finally
        {
            _sweep.Exit();
        }
    }
}

/// <summary>An author to pull from.</summary>
/// <param name="Author">The author.</param>
/// <param name="State">The state of the author's channel at the instant of the read.</param>
internal readonly record struct Source(string Author, ChannelState State)
{
    /// <summary>Whether there is anything to pull.</summary>
    internal bool HasPosts => State.Head >= State.First;
}

/// <summary>What was pulled from an author.</summary>
/// <param name="Source">The author.</param>
/// <param name="Posts">Newest first.</param>
/// <param name="IsEnd">Whether there is nothing older.</param>
internal readonly record struct SourcePage(Source Source, IReadOnlyList<PostRef> Posts, bool IsEnd);
