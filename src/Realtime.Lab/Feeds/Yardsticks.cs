using Realtime.Feeds;

namespace Realtime.Lab.Feeds;

/// <summary>Costs of a workload by arithmetic: from the numbers of posts and reads on each pair of follower and author, and between any two reads.</summary>
internal static class Yardsticks
{
    /// <summary>Computes them. Readers are sources of their own timelines, too.</summary>
    public static FeedYardsticks Of(FeedActivity activity, UnitCosts units)
    {
        var (write, read) = (units.MailboxWrite / 1e9, units.SourceRead / 1e9);
        var posts = new List<long>[activity.Users];
        var reads = new List<long>[activity.Users];
        for (var user = 0; user < activity.Users; user++)
            (posts[user], reads[user]) = ([], []);
        // The place in the order of events, so that those of one instant keep theirs.
        for (var place = 0; place < activity.Events.Count; place++)
            (activity.Events[place].IsRead ? reads : posts)[activity.Events[place].User].Add(place);

        var visitsWithPage = reads.Sum(visits => (long)visits.Count);
        var byAuthor = new (double Push, double Pull, long Followers)[activity.Users];
        var readers = new Reader[activity.Users];
        for (var user = 0; user < activity.Users; user++)
            readers[user] = new Reader(reads[user]);
        double push = 0, pull = 0;
        foreach (var edge in activity.Follows.Concat(Enumerable.Range(0, activity.Users).Select(user => new FollowEdge(user, user))))
        {
            var (events, reader) = (posts[edge.Author], readers[edge.Follower]);
            var pushed = write * events.Count;
            // Before an author's first post there is nothing to look into.
            var pulled = events.Count == 0 ? 0 : read * (reader.Visits.Count - Before(reader.Visits, events[0]));
            push += pushed;
            pull += pulled;
            reader.Add(events, write, read, pushed, pulled);
            byAuthor[edge.Author] = (byAuthor[edge.Author].Push + pushed, byAuthor[edge.Author].Pull + pulled,
                byAuthor[edge.Author].Followers + (edge.Follower == edge.Author ? 0 : 1));
        }

        var heads = units.HeadCheck / 1e9 * activity.Follows.Concat(Enumerable.Range(0, activity.Users).Select(user => new FollowEdge(user, user)))
            .Sum(edge => (double)reads[edge.Follower].Count);
        var pages = units.MailboxRead / 1e9 * visitsWithPage;
        var (best, threshold) = BestThreshold(byAuthor, pull - pages);
        return new FeedYardsticks(
            heads + pages + push,
            heads + pull,
            heads + pages + best,
            threshold,
            heads + readers.Sum(reader => reader.BestSides(units.MailboxRead / 1e9)),
            heads + readers.Sum(reader => reader.Clairvoyant(units.MailboxRead / 1e9)));
    }

    /// <param name="Visits">The places of the reads.</param>
    private sealed record Reader(List<long> Visits)
    {
        private readonly double[] _with = new double[Visits.Count];
        private readonly double[] _without = new double[Visits.Count];
        private double _sides, _pulled;

        /// <summary>Enters an author: posts are written, or read at once, between any two reads; those after the last read cost nothing.</summary>
        public void Add(List<long> events, double write, double read, double pushed, double pulled)
        {
            _sides += Math.Min(pushed, pulled);
            _pulled += pulled;
            var next = 0;
            for (var i = 0; i < Visits.Count; i++)
            {
                var until = Before(events, Visits[i]);
                _with[i] += Math.Min(write * (until - next), until > next ? read : 0);
                _without[i] += until > 0 ? read : 0;
                next = until;
            }
        }

        /// <summary>A mailbox with the best side for each author, or none at all.</summary>
        public double BestSides(double page) => Math.Min(_sides + page * Visits.Count, _pulled);

        /// <summary>At each read a mailbox with what was written or is read now, or all sources.</summary>
        public double Clairvoyant(double page) => _with.Zip(_without, (with, without) => Math.Min(with + page, without)).Sum();
    }

    /// <param name="authors">The costs of each.</param>
    /// <param name="none">The cost with nobody pushed, where no mailbox has to be read.</param>
    private static (double Cost, long Threshold) BestThreshold((double Push, double Pull, long Followers)[] authors, double none)
    {
        Array.Sort(authors, (left, right) => left.Followers.CompareTo(right.Followers));
        // From pulling all to pushing all, one number of followers after another.
        var cost = authors.Sum(author => author.Pull);
        var (best, threshold) = (none, 0L);
        for (var i = 0; i < authors.Length; i++)
        {
            cost += authors[i].Push - authors[i].Pull;
            if (cost < best && (i + 1 == authors.Length || authors[i + 1].Followers > authors[i].Followers))
                (best, threshold) = (cost, authors[i].Followers + 1);
        }

        return (best, threshold);
    }

    /// <summary>How many of them are before a place.</summary>
    private static int Before(List<long> places, long place)
    {
        var found = places.BinarySearch(place);
        return found < 0 ? ~found : found;
    }
}
