namespace Realtime.Feeds.Advice;

/// <summary>What the strategies cost on a workload in a day, and the least that any could.</summary>
/// <param name="Push">Everything is pushed to active readers.</param>
/// <param name="Pull">Everything is pulled.</param>
/// <param name="Hybrid">What <see cref="FeedStrategy.Auto"/> does.</param>
/// <param name="PerEdgeSeconds">The better of push and pull for each follower and author, decided in hindsight, and never more than pull; seconds of one core.</param>
/// <param name="OptimumSeconds">The better of both between any two reads, known ahead; seconds of one core.</param>
internal sealed record FeedCosts(FeedCost Push, FeedCost Pull, FeedCost Hybrid, double PerEdgeSeconds, double OptimumSeconds)
{
    private const double Second = 1e9;

    /// <summary>Computes them.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="units">Unit costs.</param>
    /// <param name="threshold">Followers from which an author is pulled under hybrid.</param>
    internal static FeedCosts Of(FeedWorkload workload, UnitCosts units, double threshold)
    {
        var model = new CostModel(units);
        var budget = model.Budget;
        var edges = workload.Authors * workload.FollowersMean * workload.ActiveShare;
        var follows = workload.Authors * workload.FollowersMean / workload.Readers;
        var reads = workload.Readers * workload.ActiveShare * workload.ReadsPerReaderPerDay;
        var pulled = Population.ShareAbove(workload.Authors, workload.FollowersMean, workload.FollowersMax, threshold);
        double pushWrites = 0, pullReads = 0, hybridWrites = 0, hybridReads = 0, perEdge = 0, optimum = 0;
        var classes = Population.Activity.Length * Population.Activity.Length;
        foreach (var author in Population.Activity)
        {
            foreach (var reader in Population.Activity)
            {
                var posts = author * workload.PostsPerAuthorPerDay;
                var rate = reader * workload.ReadsPerReaderPerDay;
                var here = edges / classes;
                pushWrites += here * posts;
                pullReads += here * rate;
                hybridReads += pulled * here * rate;
                if (rate == 0)
                {
                    // Nobody reads, so a budget is spent once and no more.
                    continue;
                }

                hybridWrites += (1 - pulled) * here * rate * CostModel.BudgetedWrites(posts, rate, budget);
                hybridReads += (1 - pulled) * here * rate * CostModel.BudgetedReads(posts, rate, budget);
                perEdge += here * rate * Math.Min(model.Push(posts, rate), model.Pull());
                optimum += here * rate * model.Clairvoyant(posts, rate);
            }
        }

        // Paid by every read, whatever the strategy: a head check of each author; and by all but pull, a page of the mailbox.
        var checks = reads * follows * units.HeadCheck;
        var mailbox = reads * units.MailboxRead;
        var least = (optimum + checks) / Second;
        var pull = Cost(0, pullReads, checks, 0);
        return new FeedCosts(
            Cost(pushWrites, 0, checks + mailbox, workload.FollowersMax),
            pull,
            Cost(hybridWrites, hybridReads, checks + mailbox + hybridReads * units.Repair, Math.Min(workload.FollowersMax, threshold)),
            Math.Min((perEdge + checks + mailbox) / Second, pull.CpuSeconds),
            least);

        FeedCost Cost(double writes, double sources, double fixedCost, double reached)
        {
            var atRead = sources * units.SourceRead + fixedCost;
            var total = (writes * units.MailboxWrite + atRead) / Second;
            return new FeedCost(
                writes,
                sources,
                total,
                least > 0 ? total / least : 1,
                reached * workload.ActiveShare * units.MailboxWrite / 1e6,
                reads > 0 ? atRead / reads / 1_000 : 0);
        }
    }
}
