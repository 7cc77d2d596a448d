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

        double push = 0, pull = 0, perEdge = 0, clairvoyant = 0;
        var byAuthor = new (double Push, double Pull, long Followers)[activity.Users];
        foreach (var edge in activity.Follows.Concat(Enumerable.Range(0, activity.Users).Select(user => new FollowEdge(user, user))))
        {
            var (events, visits) = (posts[edge.Author], reads[edge.Follower]);
            var pushed = write * events.Count;
            // Before an author's first post there is nothing to look into.
            var pulled = events.Count == 0 ? 0 : read * (visits.Count - Before(visits, events[0]));
            push += pushed;
            pull += pulled;
            perEdge += Math.Min(pushed, pulled);
            clairvoyant += Intervals(events, visits, write, read);
            byAuthor[edge.Author] = (byAuthor[edge.Author].Push + pushed, byAuthor[edge.Author].Pull + pulled,
                byAuthor[edge.Author].Followers + (edge.Follower == edge.Author ? 0 : 1));
        }

        var (best, threshold) = BestThreshold(byAuthor);
        return new FeedYardsticks(push, pull, best, threshold, perEdge, clairvoyant);
    }

    /// <summary>Between any two reads the posts are written, or read at once; those after the last read cost nothing.</summary>
    private static double Intervals(List<long> events, List<long> visits, double write, double read)
    {
        var (cost, next) = (0.0, 0);
        foreach (var visit in visits)
        {
            var until = Before(events, visit);
            cost += Math.Min(write * (until - next), until > next ? read : 0);
            next = until;
            if (next == events.Count)
                break;
        }

        return cost;
    }

    private static (double Cost, long Threshold) BestThreshold((double Push, double Pull, long Followers)[] authors)
    {
        Array.Sort(authors, (left, right) => left.Followers.CompareTo(right.Followers));
        // From pulling all to pushing all, one number of followers after another.
        var cost = authors.Sum(author => author.Pull);
        var (best, threshold) = (cost, 0L);
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
