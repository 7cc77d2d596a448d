namespace Realtime.Feeds;

/// <summary>One mailbox of <see cref="InMemoryMailboxStore"/>: posts ascending by position, and what it holds of each author. Not safe for concurrent use.</summary>
internal sealed class MemoryMailbox
{
    private readonly List<PostRef> _posts = [];
    private readonly Dictionary<string, Edge> _edges = new(StringComparer.Ordinal);
    private PostPosition _floor = PostPosition.Oldest;
    private int _reads;

    /// <summary>Posts and authors, which are what takes room.</summary>
    internal int Entries => _posts.Count + _edges.Count;

    /// <summary>When it was last read, or made; ticks of the store's clock.</summary>
    internal long LastRead { get; set; }

    /// <summary>Whether it was dropped: whoever holds it gets another.</summary>
    internal bool IsDropped { get; set; }

    /// <summary>Adds a post, unless the author's budget is spent.</summary>
    /// <returns>Whether it was written to.</returns>
    internal bool Push(PostRef post, int budget, int size)
    {
        var edge = _edges.GetValueOrDefault(post.Author, Edge.None);
        if (post.Offset <= edge.Coverage.Through)
            return false;
        var unread = edge.Reads == _reads ? edge.Unread : 0;
        if (budget > 0 && unread >= budget)
            return false;
        // Where posts are missing in between, what is held for certain begins with this one.
        var since = post.Offset == edge.Coverage.Through + 1 ? edge.Coverage.Since : post.Position.Time;
        _edges[post.Author] = new Edge(new Coverage(post.Offset, since), unread + 1, _reads);
        Insert(post);
        Trim(size);
        return true;
    }

    internal MailboxPage Read(PostPosition before, int limit, bool isRead)
    {
        if (isRead)
            _reads++;
        var end = PlaceOf(before);
        var start = Math.Max(0, end - limit);
        var posts = new PostRef[end - start];
        for (var i = 0; i < posts.Length; i++)
            posts[i] = _posts[end - 1 - i];
        return new MailboxPage(true, posts, start == 0, _floor, _edges.ToDictionary(edge => edge.Key, edge => edge.Value.Coverage, StringComparer.Ordinal));
    }

    internal void Merge(IReadOnlyList<PostRef> posts, IReadOnlyList<CoverageChange> coverage, int size)
    {
        foreach (var post in posts)
            Insert(post);
        foreach (var change in coverage)
        {
            var known = _edges.GetValueOrDefault(change.Author, Edge.None);
            if (known.Coverage.Includes(change.Base) && !known.Coverage.Includes(change.Coverage) && change.Coverage.Through >= known.Coverage.Through)
                _edges[change.Author] = known with { Coverage = change.Coverage };
        }

        Trim(size);
    }

    internal void Remove(string author)
    {
        _edges.Remove(author);
        _posts.RemoveAll(post => post.Author == author);
    }

    /// <summary>Keeps a post that is not before the floor and not there already.</summary>
    private void Insert(PostRef post)
    {
        if (post.Position <= _floor)
            return;
        var place = PlaceOf(post.Position);
        if (place < _posts.Count && _posts[place].Position == post.Position)
            return;
        _posts.Insert(place, post);
    }

    private void Trim(int size)
    {
        var dropped = _posts.Count - size;
        if (dropped <= 0)
            return;
        _floor = _posts[dropped - 1].Position;
        _posts.RemoveRange(0, dropped);
    }

    /// <summary>The number of posts before a position.</summary>
    private int PlaceOf(PostPosition position)
    {
        var (low, high) = (0, _posts.Count);
        // Most posts are newer than all that are here.
        if (high > 0 && _posts[high - 1].Position < position)
            return high;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_posts[middle].Position < position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private readonly record struct Edge(Coverage Coverage, int Unread, int Reads)
    {
        internal static readonly Edge None = new(new Coverage(0, long.MinValue), 0, 0);
    }
}
