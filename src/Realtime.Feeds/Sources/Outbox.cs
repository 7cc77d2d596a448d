using Realtime.Channels;

namespace Realtime.Feeds.Sources;

/// <summary>The newest posts of one author, as far down as anybody asked for. Immutable.</summary>
internal sealed class Outbox
{
    /// <summary>The most posts that are kept; who pages further down reads the store.</summary>
    internal const int MaxPosts = 1_024;

    private readonly PostRef[] _posts;

    private Outbox(PostRef[] posts, long low, ChannelState state)
    {
        _posts = posts;
        Low = low;
        State = state;
    }

    /// <summary>The offset from which on posts are known.</summary>
    internal long Low { get; }

    /// <summary>The channel's state when they were read.</summary>
    internal ChannelState State { get; }

    /// <summary>How many references are held.</summary>
    internal int Count => _posts.Length;

    /// <summary>Whether all that is retained is here.</summary>
    internal bool IsWhole => Low <= State.First;

    /// <summary>When it was last used; ticks of the cache's clock.</summary>
    internal long LastUsed { get; set; }

    internal static Outbox Of(IEnumerable<Message> messages, long low, ChannelState state) => new(Sorted(messages), low, state);

    /// <summary>With what was committed since, without what was trimmed.</summary>
    internal Outbox Newer(IEnumerable<Message> messages, ChannelState state)
    {
        var posts = Sorted(_posts.Where(post => post.Offset >= state.First).Concat(Refs(messages)));
        if (posts.Length <= MaxPosts)
            return new Outbox(posts, Low, state);
        // By offset, so that what is known stays without a hole.
        var low = state.Head - (MaxPosts / 2) + 1;
        return new Outbox([.. posts.Where(post => post.Offset >= low)], low, state);
    }

    /// <summary>With what is before it.</summary>
    internal Outbox Older(IEnumerable<Message> messages, long low) => new(Sorted(_posts.Concat(Refs(messages))), low, State);

    /// <summary>The newest posts before a position, newest first.</summary>
    /// <param name="before">The position.</param>
    /// <param name="limit">The most posts.</param>
    /// <param name="output">Receives them.</param>
    /// <returns>False where there may be more of them below what is known.</returns>
    internal bool TryRead(PostPosition before, int limit, List<PostRef> output)
    {
        var end = 0;
        for (var high = _posts.Length; end < high;)
        {
            var middle = (end + high) / 2;
            if (_posts[middle].Position < before)
                end = middle + 1;
            else
                high = middle;
        }

        var start = Math.Max(0, end - limit);
        // Posts of one millisecond are ordered by id, not by offset: only below the whole millisecond is the order known.
        if (!IsWhole && (end - start < limit || _posts[start].Position.Time <= _posts[0].Position.Time))
            return false;
        for (var i = end - 1; i >= start; i--)
            output.Add(_posts[i]);
        return true;
    }

    private static PostRef[] Sorted(IEnumerable<Message> messages) => Sorted(Refs(messages));

    private static PostRef[] Sorted(IEnumerable<PostRef> posts)
    {
        PostRef[] sorted = [.. posts];
        Array.Sort(sorted, static (left, right) => left.Position.CompareTo(right.Position));
        return sorted;
    }

    private static IEnumerable<PostRef> Refs(IEnumerable<Message> messages) =>
        messages.Where(message => message.Type != Message.DeletedType).Select(PostRef.Of);
}
