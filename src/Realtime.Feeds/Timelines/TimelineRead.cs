using Realtime.Channels;
using Realtime.Feeds.Sources;

namespace Realtime.Feeds.Timelines;

/// <summary>What one read of a timeline found out on its way, for its cost and for the mailbox.</summary>
internal sealed class TimelineRead
{
    private readonly Dictionary<string, ChannelState> _states = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pulledAuthors = new(StringComparer.Ordinal);
    private List<SourcePage>? _newest;

    internal TimelineRead(string user, FeedStrategy strategy, List<Source> sources, bool isFirstPage, int limit)
    {
        User = user;
        Strategy = strategy;
        Sources = sources;
        IsFirstPage = isFirstPage;
        Limit = limit;
        foreach (var source in sources)
            _states.Add(source.Author, source.State);
    }

    internal string User { get; }

    internal FeedStrategy Strategy { get; }

    /// <summary>The reader and those whom the reader follows, as far as they have posts.</summary>
    internal List<Source> Sources { get; }

    internal bool IsFirstPage { get; }

    /// <summary>The most posts of the page.</summary>
    internal int Limit { get; }

    /// <summary>The first part of the mailbox that was read.</summary>
    internal MailboxPage? Mailbox { get; set; }

    internal int MailboxReads { get; set; }

    internal int Merged { get; set; }

    internal TimelineCost Cost => new(MailboxReads, _pulledAuthors.Count, Merged);

    /// <summary>What was pulled from the newest post on.</summary>
    internal IReadOnlyList<SourcePage> Newest => _newest ?? [];

    /// <summary>Whether a post is of an author who is followed, and was there at the instant of the read.</summary>
    internal bool IsVisible(PostRef post) =>
        _states.TryGetValue(post.Author, out var state) && post.Offset >= state.First && post.Offset <= state.Head;

    internal void Pulled(SourcePage[] pages, PostPosition before)
    {
        foreach (var page in pages)
            _pulledAuthors.Add(page.Source.Author);
        if (before == PostPosition.Newest)
            _newest ??= [.. pages];
    }
}
