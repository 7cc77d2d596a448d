namespace Realtime.Presence;

/// <summary>What announcements in one channel may still cost: it fills at a rate, up to one second's worth.</summary>
internal struct SignalBudget(int perSecond)
{
    /// <summary>At most one count in this time, however few the readers are; in milliseconds.</summary>
    internal const long CountInterval = 1_000;

    private double _left = perSecond;
    private long _filledAt;
    private long _countedAt = -CountInterval;

    /// <summary>Takes the cost if it is there.</summary>
    internal bool TrySpend(long now, long deliveries)
    {
        Fill(now);
        if (deliveries > _left)
            return false;
        _left -= deliveries;
        return true;
    }

    /// <summary>Takes the cost of a count, which may be more than a second's worth: then the budget is in debt, and the next one waits the longer.</summary>
    internal bool TrySpendCount(long now, int readers)
    {
        if (now < NextCount(now, readers))
            return false;
        _left -= readers;
        _countedAt = now;
        return true;
    }

    /// <summary>When a count can be paid.</summary>
    internal long NextCount(long now, int readers)
    {
        Fill(now);
        var missing = Math.Min(readers, perSecond) - _left;
        var paid = missing <= 0 ? now : now + (long)Math.Ceiling(missing * 1000 / perSecond);
        return Math.Max(paid, _countedAt + CountInterval);
    }

    private void Fill(long now)
    {
        _left = Math.Min(perSecond, _left + (now - _filledAt) * (double)perSecond / 1000);
        _filledAt = now;
    }
}
