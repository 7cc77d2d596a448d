namespace Realtime.Feeds.Timelines;

/// <summary>Merges lists of posts, each newest first, into one without repetitions.</summary>
internal sealed class TimelineMerge
{
    private readonly List<IEnumerator<PostRef>> _lists = [];

    /// <summary>How many references were taken out of the lists so far.</summary>
    internal int Count { get; private set; }

    internal void Add(IEnumerable<PostRef> posts) => _lists.Add(posts.GetEnumerator());

    /// <summary>The newest posts of all lists; once.</summary>
    /// <param name="limit">The most posts.</param>
    /// <param name="low">Gives none before this position.</param>
    /// <param name="isLowIncluded">Whether the post at that position is given.</param>
    internal List<PostRef> Newest(int limit, PostPosition low, bool isLowIncluded)
    {
        var heads = new PriorityQueue<IEnumerator<PostRef>, PostPosition>(_lists.Count, NewestFirst.Instance);
        foreach (var list in _lists)
            Advance(list, heads);
        var posts = new List<PostRef>(limit);
        while (posts.Count < limit && heads.TryDequeue(out var list, out var position))
        {
            if (isLowIncluded ? position < low : position <= low)
                break;
            if (posts.Count == 0 || posts[^1].Position != position)
                posts.Add(list.Current);
            Advance(list, heads);
        }

        return posts;
    }

    private void Advance(IEnumerator<PostRef> list, PriorityQueue<IEnumerator<PostRef>, PostPosition> heads)
    {
        if (!list.MoveNext())
            return;
        Count++;
        heads.Enqueue(list, list.Current.Position);
    }

    private sealed class NewestFirst : IComparer<PostPosition>
    {
        internal static readonly NewestFirst Instance = new();

        public int Compare(PostPosition x, PostPosition y) => y.CompareTo(x);
    }
}
