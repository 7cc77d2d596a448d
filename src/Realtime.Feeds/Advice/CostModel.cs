namespace Realtime.Feeds.Advice;

/// <summary>What each strategy costs on one follower and author between two reads of that follower, on average, in nanoseconds.</summary>
/// <remarks>
/// Posts and reads come independently of each other (Poisson), so the number N of posts between two reads is geometric: P(N ≥ n) = qⁿ with
/// q = posts ÷ (posts + reads). The clairvoyant optimum knows N: it pushes N posts or reads the source once, whichever is cheaper. None of the others is below it.
/// </remarks>
/// <param name="units">Unit costs.</param>
internal sealed class CostModel(UnitCosts units)
{
    private readonly double _write = units.MailboxWrite;
    private readonly double _read = units.SourceRead;

    /// <summary>The budget of unread posts that goes with the unit costs: at least 1.</summary>
    internal int Budget => (int)Math.Clamp(_read / _write, 1, 1_000);

    /// <summary>Every post is written: <c>c_w · E[N]</c>, and E[N] = posts ÷ reads.</summary>
    internal double Push(double posts, double reads) => _write * posts / reads;

    /// <summary>Every read looks into the source: <c>c_r</c>.</summary>
    internal double Pull() => _read;

    /// <summary>Writes under a budget of B unread posts: E[min(N, B)] = q + q² + … + q^B.</summary>
    internal static double BudgetedWrites(double posts, double reads, int budget)
    {
        var (q, sum, power) = (posts / (posts + reads), 0.0, 1.0);
        for (var n = 1; n <= budget; n++)
            sum += power *= q;
        return sum;
    }

    /// <summary>Source reads under a budget of B: P(N > B) = q^(B+1).</summary>
    internal static double BudgetedReads(double posts, double reads, int budget) => Math.Pow(posts / (posts + reads), budget + 1);

    /// <summary>The first B posts are written, and what is more is read: <c>c_w · E[min(N, B)] + c_r · P(N > B)</c>.</summary>
    internal double Budgeted(double posts, double reads, int budget) =>
        _write * BudgetedWrites(posts, reads, budget) + _read * BudgetedReads(posts, reads, budget);

    /// <summary><c>E[min(c_w · N, c_r)]</c>: with k = ⌊c_r ÷ c_w⌋, <c>c_w · (q + … + q^k) + (c_r − k · c_w) · q^(k+1)</c>.</summary>
    internal double Clairvoyant(double posts, double reads)
    {
        var whole = (int)Math.Min(_read / _write, 100_000);
        return _write * BudgetedWrites(posts, reads, whole) + (_read - whole * _write) * BudgetedReads(posts, reads, whole);
    }
}
