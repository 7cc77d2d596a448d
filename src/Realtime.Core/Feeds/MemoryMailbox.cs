using System.Runtime.InteropServices;

namespace Realtime.Feeds;

/// <summary>One mailbox of <see cref="InMemoryMailboxStore"/>: posts ascending by position, and what it holds of each author. Not safe for concurrent use.</summary>
internal sealed class MemoryMailbox
{
    /// <summary>Before the first post of an author all of them are held.</summary>
    private static readonly Coverage Nothing = new(0, long.MinValue);

    private readonly List<PostRef> _posts = [];
    private readonly Dictionary<string, Coverage> _coverage = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Unread> _unread = new(StringComparer.Ordinal);
    private PostPosition _floor = PostPosition.Oldest;
    private int _reads;

    /// <summary>Posts and authors, which are what takes room.</summary>
    internal int Entries => _posts.Count + _coverage.Count;

    /// <summary>When it was last read, or made; ticks of the store's clock.</summary>
    internal long LastRead { get; set; }

    /// <summary>Whether it was dropped: whoever holds it gets another.</summary>
    internal bool IsDropped { get; set; }

    /// <summary>Adds a post, unless the author's budget is spent.</summary>
    /// <returns>Whether it was written to.</returns>
    internal bool Push(PostRef post, int budget, int size)
    {
        // The author is looked up once: most of the cost of a write is memory that no cache holds.
        ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(_coverage, post.Author, out var isKnown);
        if (!isKnown)
            held = Nothing;
        else if (post.Offset <= held.Through)
            return false;
        if (budget > 0)
        {
            ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_unread, post.Author, out _);
            var unread = last.Reads == _reads ? last.Count : 0;
            if (unread >= budget)
                return false;
            last = new Unread(unread + 1, _reads);
        }

        // Where posts are missing in between, what is held for certain begins with this one.
        var since = post.Offset == held.Through + 1 ? held.Since : post.Position.Time;
        held = new Coverage(post.Offset, since);
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
        // Copied whole, hashes and all: a page costs little more with many authors than with few.
        return new MailboxPage(true, posts, start == 0, _floor, new Dictionary<string, Coverage>(_coverage, StringComparer.Ordinal));
    }

    internal void Merge(IReadOnlyList<PostRef> posts, IReadOnlyList<CoverageChange> coverage, int size)
    {
        foreach (var post in posts)
            Insert(post);
        foreach (var change in coverage)
        {
            var known = Held(change.Author);
            if (known.Includes(change.Base) && !known.Includes(change.Coverage) && change.Coverage.Through >= known.Through)
                _coverage[change.Author] = change.Coverage;
        }

        Trim(size);
    }

    internal void Remove(string author)
    {
        _coverage.Remove(author);
        _unread.Remove(author);
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

    private Coverage Held(string author) => _coverage.GetValueOrDefault(author, Nothing);

    /// <summary>How many posts of an author were pushed since the read of that number.</summary>
    private readonly record struct Unread(int Count, int Reads);
}
